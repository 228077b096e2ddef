package io.streamrank.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.testing.EventMutations;
import io.streamrank.testing.EventMutations.Sample;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Whatever bytes come to those who read what the worker writes: an event or a rejection, never another exception. What
 * comes to the worker is MutatedRecordsTest's.
 */
class MutatedEventsTest {
    private static final int MUTATIONS = 20_000;

    private final Random random = new Random(20_240_917);
    private final EventMutations mutations = new EventMutations(random);
    private final Map<Rejection.Reason, Integer> rejections = new EnumMap<>(Rejection.Reason.class);
    private int decoded;

    @Test
    void rankedListsAreDecodedOrRejected() {
        RankedListCodec codec = new RankedListCodec();
        byte[] event = codec.encode(ExampleEvents.ranking());

        decodeMutationsOf(samples(event, "RankedList"), codec::decode);

        assertThat(decoded).isPositive();
        assertThat(rejections)
                .containsOnlyKeys(
                        Rejection.Reason.EMPTY_VALUE,
                        Rejection.Reason.UNKNOWN_FORMAT,
                        Rejection.Reason.UNKNOWN_SCHEMA,
                        Rejection.Reason.UNDECODABLE,
                        Rejection.Reason.INVALID);
    }

    @Test
    void statisticsAreDecodedOrRejected() {
        BatchStatisticsCodec codec = new BatchStatisticsCodec();
        byte[] event = codec.encode(ExampleEvents.statistics());

        decodeMutationsOf(samples(event, "BatchStatistics"), codec::decode);

        assertThat(decoded).isPositive();
        assertThat(rejections).containsKey(Rejection.Reason.UNDECODABLE);
    }

    @Test
    void throughputIsDecodedOrRejected() {
        ThroughputCodec codec = new ThroughputCodec();

        Sample event = Sample.of(codec.encode(ExampleEvents.throughput()), "Throughput");

        decodeMutationsOf(List.of(event, event), codec::decode);

        assertThat(decoded).isPositive();
        assertThat(rejections).containsKeys(Rejection.Reason.UNDECODABLE, Rejection.Reason.INVALID);
    }

    @Test
    void judgmentsAreDecodedOrRejected() {
        JudgmentCodec codec = new JudgmentCodec();

        Sample event = Sample.of(
                codec.encode(new Judgment("q1", "d1", 2, Instant.parse("2026-12-01T12:00:00Z"), "clicks")), "Judgment");

        decodeMutationsOf(List.of(event, event), codec::decode);

        assertThat(decoded).isPositive();
        assertThat(rejections).containsKey(Rejection.Reason.UNDECODABLE);
    }

    private static List<Sample> samples(byte[] event, String kind) {
        return List.of(Sample.of(event, kind), Sample.of(event, kind, 1));
    }

    private void decodeMutationsOf(List<Sample> samples, Decoding decoding) {
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutated = mutations.of(samples.get(i % 2), samples.get(random.nextInt(2)));
            try {
                assertThat(decoding.decode(mutated)).isNotNull();
                decoded++;
            } catch (RejectedException e) {
                rejections.merge(e.rejection().reason(), 1, Integer::sum);
                assertThat(e.rejection().message()).hasSizeLessThan(300).doesNotContain("Stadt", "is large");
            } catch (RuntimeException | Error e) {
                throw new AssertionError("mutation " + i + ": " + Arrays.toString(mutated), e);
            }
        }
    }

    private interface Decoding {
        Object decode(byte @Nullable [] value) throws RejectedException;
    }
}
