package io.streamrank.replay.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class CompletionTest {
    private static final TopicPartition RANKED = new TopicPartition("ranked", 0);
    private static final TopicPartition RANKED_1 = new TopicPartition("ranked", 1);
    private static final TopicPartition BETWEEN = new TopicPartition("between", 0);

    private final Map<TopicPartition, Long> ends = new HashMap<>(Map.of(RANKED, 10L, RANKED_1, 0L, BETWEEN, 4L));
    private final Map<TopicPartition, Long> committed = new HashMap<>();
    private final Set<TopicPartition> holdMore = new HashSet<>();
    private boolean silent;

    private final Completion completion = new Completion(
            new TopicOffsets() {
                @Override
                public Map<TopicPartition, Long> ends(Set<String> topics) {
                    answer();
                    return ends.entrySet().stream()
                            .filter(end -> topics.contains(end.getKey().topic()))
                            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
                }

                @Override
                public Map<TopicPartition, Long> committed() {
                    answer();
                    return Map.copyOf(committed);
                }

                @Override
                public boolean holdsMore(TopicPartition partition, long from, long end) {
                    answer();
                    return holdMore.contains(partition);
                }

                @Override
                public void close() {}
            },
            List.of(Set.of("ranked"), Set.of("between")));

    private void answer() {
        if (silent) {
            throw new KafkaException("no answer", new TimeoutException("no broker"));
        }
    }

    @Test
    void isReachedOnceEachStepIsCommittedUpToItsEnd() {
        assertThat(completion.isReached()).isFalse();
        committed.put(RANKED, 10L);
        ends.put(BETWEEN, 6L);
        assertThat(completion.isReached())
                .as("the next step is looked at from now on")
                .isFalse();
        committed.put(BETWEEN, 4L);
        holdMore.add(BETWEEN);
        assertThat(completion.isReached()).isFalse();
        committed.put(BETWEEN, 6L);

        assertThat(completion.isReached()).isTrue();
    }

    @Test
    void looksAtWhatIsLeftWhereAnOffsetStandsStillWhateverOthersDo() {
        committed.put(RANKED, 8L);
        TopicPartition elsewhere = new TopicPartition("between", 7);
        for (long i = 1; i <= 3; i++) {
            committed.put(elsewhere, i);
            holdMore.add(RANKED);
            assertThat(completion.isReached()).isFalse();
        }
        holdMore.clear();
        committed.put(BETWEEN, 4L);
        committed.put(elsewhere, 9L);

        assertThat(completion.isReached())
                .as("the first step is done: markers stand at its end")
                .isFalse();
        assertThat(completion.isReached()).isTrue();
    }

    @Test
    void aPartitionOfWhichNothingIsCommittedIsDoneIfNothingIsInIt() {
        ends.put(RANKED, 10L);
        committed.put(BETWEEN, 4L);

        assertThat(completion.isReached()).isFalse();
        assertThat(completion.isReached()).isFalse();
        assertThat(completion.isReached()).isTrue();
    }

    @Test
    void canBeAskedAgainWhereTheClusterDidNotAnswer() {
        committed.put(RANKED, 10L);
        committed.put(BETWEEN, 4L);
        silent = true;
        assertThatThrownBy(completion::isReached).isInstanceOf(KafkaException.class);
        silent = false;

        assertThat(completion.isReached()).isFalse();
        assertThat(completion.isReached()).isTrue();
        assertThat(completion.fraction()).isEqualTo(1);
    }
}
