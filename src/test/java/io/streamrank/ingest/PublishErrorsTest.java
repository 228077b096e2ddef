package io.streamrank.ingest;

import static io.streamrank.ingest.PublishErrors.ABORT;
import static io.streamrank.ingest.PublishErrors.FATAL;
import static io.streamrank.ingest.PublishErrors.RENEW_PRODUCER;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.IllegalGenerationException;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnknownProducerIdException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PublishErrorsTest {

    @ParameterizedTest
    @MethodSource("errors")
    void sortsErrors(Throwable error, PublishErrors kind) {
        assertThat(PublishErrors.of(error)).isEqualTo(kind);
    }

    @ParameterizedTest
    @MethodSource("errors")
    void looksThroughKafkasWrappers(Throwable error, PublishErrors kind) {
        assertThat(PublishErrors.of(new KafkaException("in an error state", error)))
                .isEqualTo(error.getClass() == IllegalStateException.class ? ABORT : kind);
    }

    static Stream<Arguments> errors() {
        return Stream.of(
                Arguments.of(new TimeoutException("slow"), ABORT),
                Arguments.of(new CommitFailedException("left the group"), ABORT),
                Arguments.of(new IllegalGenerationException("rebalanced"), ABORT),
                Arguments.of(new TransactionAbortableException("try again"), ABORT),
                Arguments.of(new KafkaException("anything"), ABORT),
                Arguments.of(new ProducerFencedException("fenced"), RENEW_PRODUCER),
                Arguments.of(new InvalidProducerEpochException("fenced"), RENEW_PRODUCER),
                Arguments.of(new InvalidTxnStateException("timed out"), RENEW_PRODUCER),
                Arguments.of(new InvalidPidMappingException("expired"), RENEW_PRODUCER),
                Arguments.of(new OutOfOrderSequenceException("gap"), RENEW_PRODUCER),
                Arguments.of(new UnknownProducerIdException("expired"), RENEW_PRODUCER),
                Arguments.of(new IllegalStateException("no transaction"), RENEW_PRODUCER),
                Arguments.of(new TransactionalIdAuthorizationException("forbidden"), FATAL),
                Arguments.of(new SaslAuthenticationException("who are you"), FATAL),
                Arguments.of(new FencedInstanceIdException("another"), FATAL),
                Arguments.of(new InvalidTxnTimeoutException("too long"), FATAL),
                Arguments.of(new RecordTooLargeException("too large"), FATAL));
    }
}
