package io.streamrank.embedded;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.apache.kafka.common.utils.Exit;
import org.jspecify.annotations.Nullable;

/**
 * Kafka ends its JVM when it cannot go on, for one when its directory is gone. In a JVM that runs other things too, a
 * test run above all, that takes everything down without a word.
 */
final class KafkaFaults {
    private static final Logger LOG = System.getLogger(KafkaFaults.class.getName());

    private KafkaFaults() {}

    /** From now on such a fault ends Kafka's thread with an exception, and not this JVM. */
    static void stayInThisJvm() {
        Exit.setExitProcedure(KafkaFaults::report);
        Exit.setHaltProcedure(KafkaFaults::report);
    }

    private static void report(int status, @Nullable String message) {
        BrokerException fault = new BrokerException(
                "The embedded broker failed and wanted to end this JVM with status " + status + ": " + message);
        LOG.log(Level.ERROR, fault.getMessage(), fault);
        throw fault;
    }
}
