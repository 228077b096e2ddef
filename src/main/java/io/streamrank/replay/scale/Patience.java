package io.streamrank.replay.scale;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bears that a cluster does not answer for a while: a silence is told once, one that lasts too long is an error. */
final class Patience {
    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);

    private final Duration most;
    private final LongSupplier nanoClock;
    private boolean silent;
    private long since;

    Patience(Duration most, LongSupplier nanoClock) {
        this.most = most;
        this.nanoClock = nanoClock;
    }

    /** The cluster has answered. */
    void answered() {
        if (silent) {
            silent = false;
            LOG.info("The cluster answers again");
        }
    }

    /**
     * The cluster has not answered, or with an error.
     *
     * @throws KafkaException the error, where it does not pass or has lasted too long
     */
    void failed(KafkaException error) {
        long now = nanoClock.getAsLong();
        if (!isPassing(error)) {
            throw error;
        }
        if (!silent) {
            silent = true;
            since = now;
            LOG.warn("The cluster does not answer and is asked again: {}", error.getMessage());
        } else if (now - since >= most.toNanos()) {
            throw new KafkaException(
                    "the cluster has not answered for " + most.toSeconds()
                            + " s (streamrank.measure.cluster-timeout): " + error.getMessage()
                            + ". What is measured is kept; the same command goes on",
                    error);
        }
    }

    private static boolean isPassing(KafkaException error) {
        return !(error instanceof InterruptException)
                && (error instanceof RetriableException || error.getCause() instanceof RetriableException);
    }
}
