package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.clients.consumer.RetriableCommitFailedException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnsweredOffsetsTest {
    private static final TopicPartition ZERO = new TopicPartition("candidates", 0);
    private static final TopicPartition ONE = new TopicPartition("candidates", 1);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final AnsweredOffsets answered = new AnsweredOffsets();
    private final SlowConsumer consumer = new SlowConsumer();

    @Test
    void commitsOneAfterTheOther() {
        answered.add(at(ZERO, 10));
        answered.commit(consumer);
        answered.add(at(ZERO, 20));
        answered.commit(consumer);
        consumer.answerOldest(null);
        answered.commit(consumer);

        assertThat(consumer.committed).containsExactly(at(ZERO, 10), at(ZERO, 20));
    }

    @Test
    void commitsAgainWhatDidNotGetThroughUnlessMoreIsKnownByNow() {
        answered.add(Map.of(ZERO, new OffsetAndMetadata(10), ONE, new OffsetAndMetadata(1)));
        answered.commit(consumer);
        answered.add(at(ZERO, 20));
        consumer.answerOldest(new RetriableCommitFailedException("cut off"));
        answered.commit(consumer);

        assertThat(consumer.committed)
                .last()
                .isEqualTo(Map.of(ZERO, new OffsetAndMetadata(20), ONE, new OffsetAndMetadata(1)));
    }

    /** The partition is another worker's by then, and further. */
    @Test
    void anAnswerThatComesAfterThePartitionWasHandedOverBringsNothingBack() {
        answered.add(at(ZERO, 10));
        answered.commit(consumer);
        answered.add(at(ZERO, 20));
        answered.commitNow(consumer, PATIENCE);
        consumer.answerOldest(new RetriableCommitFailedException("cut off"));
        answered.commit(consumer);

        assertThat(consumer.committed).containsExactly(at(ZERO, 10), at(ZERO, 20));
    }

    @Test
    void whatIsUnderWayIsSecuredBeforeAPartitionIsHandedOver() {
        answered.add(at(ZERO, 10));
        answered.commit(consumer);
        answered.commitNow(consumer, PATIENCE);

        assertThat(consumer.committed).containsExactly(at(ZERO, 10), at(ZERO, 10));
    }

    @Test
    void isEmptyOnceTheGroupKnowsOfAll() {
        assertThat(answered.isEmpty()).isTrue();
        answered.add(at(ZERO, 10));
        assertThat(answered.isEmpty()).isFalse();
        answered.commit(consumer);
        assertThat(answered.isEmpty()).isFalse();
        consumer.answerOldest(null);
        assertThat(answered.isEmpty()).isTrue();
    }

    @Test
    void whatWasLostIsNotCommittedAgain() {
        answered.add(Map.of(ZERO, new OffsetAndMetadata(10), ONE, new OffsetAndMetadata(1)));
        answered.commit(consumer);
        answered.forget(List.of(ZERO));
        consumer.answerOldest(new RetriableCommitFailedException("cut off"));
        answered.commit(consumer);

        assertThat(consumer.committed).last().isEqualTo(at(ONE, 1));
    }

    private static Map<TopicPartition, OffsetAndMetadata> at(TopicPartition partition, long offset) {
        return Map.of(partition, new OffsetAndMetadata(offset));
    }

    /** Notes every commit, and answers those that nobody waits for when told to. */
    private static final class SlowConsumer extends MockConsumer<byte[], byte[]> {
        private final List<Map<TopicPartition, OffsetAndMetadata>> committed = new ArrayList<>();
        private final List<OffsetCommitCallback> unanswered = new ArrayList<>();

        SlowConsumer() {
            super("none");
        }

        @Override
        public synchronized void commitAsync(
                Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
            committed.add(Map.copyOf(offsets));
            unanswered.add(callback);
        }

        @Override
        public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
            committed.add(Map.copyOf(offsets));
        }

        void answerOldest(@Nullable Exception error) {
            unanswered.remove(0).onComplete(committed.get(0), error);
        }
    }
}
