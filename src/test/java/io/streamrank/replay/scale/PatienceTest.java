package io.streamrank.replay.scale;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

class PatienceTest {
    private static final KafkaException SILENCE = new KafkaException("no answer", new TimeoutException("no broker"));

    private long now;
    private final Patience patience = new Patience(Duration.ofMinutes(5), () -> now);

    @Test
    void bearsASilenceThatEnds() {
        for (int i = 0; i < 100; i++) {
            patience.failed(SILENCE);
            now += Duration.ofMinutes(4).toNanos();
            assertThatCode(() -> patience.failed(SILENCE)).doesNotThrowAnyException();
            patience.answered();
        }
    }

    @Test
    void endsWithASilenceThatLastsTooLong() {
        patience.failed(SILENCE);
        now += Duration.ofMinutes(5).toNanos();

        assertThatThrownBy(() -> patience.failed(SILENCE))
                .hasMessageContaining("has not answered for 300 s (streamrank.measure.cluster-timeout): no answer")
                .hasMessageContaining("the same command goes on");
    }

    @Test
    void doesNotWaitForWhatCannotPass() {
        KafkaException refused = new KafkaException("refused", new TopicAuthorizationException("topic"));

        assertThatThrownBy(() -> patience.failed(refused)).isSameAs(refused);
    }
}
