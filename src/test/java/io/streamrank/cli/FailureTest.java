package io.streamrank.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.streamrank.embedded.BrokerClasspath;
import io.streamrank.embedded.BrokerException;
import io.streamrank.model.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailureTest {
    @ParameterizedTest
    @MethodSource("foreseen")
    void saysWhatWasWrongAndWhere(Exception error, int exitCode, String message) {
        assertThat(Failure.of(error)).isEqualTo(new Failure(exitCode, message, true));
    }

    static Stream<Arguments> foreseen() {
        return Stream.of(
                Arguments.of(new IllegalArgumentException("bad option"), 2, "bad option"),
                Arguments.of(new CheckpointException(Path.of("m"), "is broken", "Mend it"), 3, "m: is broken. Mend it"),
                Arguments.of(new KafkaException("lost"), 4, "lost"),
                Arguments.of(
                        new KafkaException("no client", new ConfigException("no such address")),
                        4,
                        "no client: no such address"),
                Arguments.of(new KafkaException("late", new TimeoutException("call listTopics")), 4, "late"),
                Arguments.of(new KafkaException("a: b", new KafkaException("b")), 4, "a: b"),
                Arguments.of(new IOException("file, line 3: bad"), 5, "file, line 3: bad"),
                Arguments.of(new NoSuchFileException("a.jsonl"), 5, "a.jsonl: there is no such file or folder"),
                Arguments.of(new AccessDeniedException("a.jsonl"), 5, "a.jsonl: this user may not read or write it"),
                Arguments.of(new UncheckedIOException(new IOException("cut off")), 5, "cut off"));
    }

    @Test
    void takesABrokerThatDoesNotStartForKafka() {
        BrokerException missing =
                catchThrowableOfType(BrokerException.class, () -> BrokerClasspath.ofBuild(Path.of("no/such/folder")));

        assertThat(Failure.of(missing)).isEqualTo(new Failure(4, requireNonNull(missing.getMessage()), true));
    }

    @Test
    void owesAStackTraceForWhatWasNotForeseen() {
        assertThat(Failure.of(new NullPointerException()))
                .isEqualTo(new Failure(1, "java.lang.NullPointerException", false));
    }
}
