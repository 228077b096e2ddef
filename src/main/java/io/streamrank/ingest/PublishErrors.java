package io.streamrank.ingest;

import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.UnsupportedForMessageFormatException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** What a failed transaction asks for. */
enum PublishErrors {
    /** Abort and try again with the same producer. */
    ABORT,
    /** The producer is of no use any more: close it, make another, try again. */
    RENEW_PRODUCER,
    /** Trying again cannot help: the worker must end and say why. */
    FATAL;

    static PublishErrors of(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            PublishErrors kind = ofOne(cause);
            if (kind != ABORT) {
                return kind;
            }
        }
        // The producer's own complaint that its state allows no transaction.
        return error instanceof IllegalStateException ? RENEW_PRODUCER : ABORT;
    }

    private static PublishErrors ofOne(Throwable error) {
        if (error instanceof ProducerFencedException
                || error instanceof InvalidProducerEpochException
                || error instanceof InvalidTxnStateException
                || error instanceof InvalidPidMappingException
                || error instanceof OutOfOrderSequenceException) {
            return RENEW_PRODUCER;
        }
        if (error instanceof AuthenticationException
                || error instanceof AuthorizationException
                || error instanceof FencedInstanceIdException
                || error instanceof InvalidTopicException
                || error instanceof InvalidTxnTimeoutException
                || error instanceof RecordTooLargeException
                || error instanceof SerializationException
                || error instanceof UnsupportedForMessageFormatException
                || error instanceof UnsupportedVersionException) {
            return FATAL;
        }
        return ABORT;
    }
}
