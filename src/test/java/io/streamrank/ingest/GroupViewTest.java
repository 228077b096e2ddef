package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits for brokers that are slow: with a client that takes its time and then fails. */
@Timeout(120)
class GroupViewTest {
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();

    private Admin slow() {
        asked.incrementAndGet();
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new KafkaException("interrupted", e);
        }
        throw new KafkaException("away");
    }

    @Test
    void allWhoAskShareOneAnswerAndNoneWaits() {
        try (GroupView view = view()) {
            List<CompletableFuture<GroupSnapshot>> answers =
                    Stream.generate(view::snapshot).limit(8).toList();
            assertThat(answers).noneMatch(CompletableFuture::isDone);

            release.countDown();

            assertThat(answers)
                    .allSatisfy(answer -> assertThatThrownBy(() -> answer.get(60, TimeUnit.SECONDS))
                            .hasCauseInstanceOf(GroupView.UnavailableException.class)
                            .hasMessageContaining("away"));
            assertThat(asked).hasValue(1);
        }
    }

    @Test
    void whoWaitsIsToldThatItCloses() {
        GroupView view = view();
        CompletableFuture<GroupSnapshot> answer = view.snapshot();

        view.close();

        for (CompletableFuture<GroupSnapshot> each : List.of(answer, view.snapshot())) {
            assertThatThrownBy(() -> each.get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(GroupView.UnavailableException.class)
                    .hasMessageContaining("nobody asks");
        }
    }

    private GroupView view() {
        return new GroupView(
                TestingEvents.settings(Limits.DEFAULT), this::slow, System::nanoTime, Duration.ofSeconds(60));
    }
}
