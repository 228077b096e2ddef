package io.streamrank.throughput;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.CacheUse;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.Rejection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Statistics of one transaction as tests need them: one pair of ten tokens a request unless told otherwise. */
public record TestingStatistics(
        String model,
        String revision,
        String worker,
        String device,
        Instant time,
        int requests,
        int expired,
        int pairs,
        List<Duration> queue,
        List<Duration> endToEnd,
        Duration inference,
        Map<Rejection.Reason, Integer> rejections) {
    static final Duration QUEUE = Duration.ofMillis(3);
    static final Duration END_TO_END = Duration.ofMillis(40);
    static final Duration INFERENCE = Duration.ofMillis(20);

    /** A transaction of one request. */
    public static BatchStatistics ofRequest(String model, String worker, Instant time, int pairs) {
        TestingStatistics one = of(model, worker, time, 1);
        return new TestingStatistics(
                        model,
                        one.revision,
                        worker,
                        one.device,
                        time,
                        1,
                        0,
                        pairs,
                        one.queue,
                        one.endToEnd,
                        one.inference,
                        one.rejections)
                .build();
    }

    static TestingStatistics of(String model, String worker, Instant time, int requests) {
        return new TestingStatistics(
                model,
                "0a1b2c3d4e5f",
                worker,
                "gpu(0)",
                time,
                requests,
                0,
                requests,
                Collections.nCopies(requests, QUEUE),
                Collections.nCopies(requests, END_TO_END),
                INFERENCE,
                Map.of());
    }

    TestingStatistics with(Map<Rejection.Reason, Integer> failures) {
        return new TestingStatistics(
                model, revision, worker, device, time, requests, expired, pairs, queue, endToEnd, inference, failures);
    }

    TestingStatistics revision(String other) {
        return new TestingStatistics(
                model, other, worker, device, time, requests, expired, pairs, queue, endToEnd, inference, rejections);
    }

    TestingStatistics inference(Duration other) {
        return new TestingStatistics(
                model, revision, worker, device, time, requests, expired, pairs, queue, endToEnd, other, rejections);
    }

    TestingStatistics expired(int other) {
        return new TestingStatistics(
                model,
                revision,
                worker,
                device,
                time,
                requests,
                other,
                requests - other,
                queue,
                endToEnd,
                inference,
                rejections);
    }

    TestingStatistics waited(List<Duration> other) {
        return new TestingStatistics(
                model,
                revision,
                worker,
                device,
                time,
                requests,
                expired,
                pairs,
                other,
                endToEnd,
                inference,
                rejections);
    }

    BatchStatistics build() {
        return new BatchStatistics(
                new ModelRef(model, revision, "bert"),
                worker,
                device,
                "bfloat16",
                time,
                requests,
                expired,
                pairs + expired,
                pairs,
                0,
                10L * pairs,
                0,
                10L * pairs,
                0,
                1,
                1_000,
                0,
                queue.stream().max(Duration::compareTo).orElse(Duration.ZERO),
                queue,
                endToEnd,
                Duration.ofMillis(1),
                CacheUse.NONE,
                CacheUse.NONE,
                inference,
                Duration.ofMillis(7),
                rejections);
    }
}
