package io.streamrank.testing;

import static java.util.Comparator.reverseOrder;

import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One broker for all tests of this JVM that need no settings of their own and neither harm nor end it: each uses topics
 * and groups that no other does.
 */
public final class SharedBroker {
    private static @Nullable EmbeddedBroker broker;

    private SharedBroker() {}

    /** Started by whoever asks first; it ends with the JVM. */
    public static synchronized EmbeddedBroker get() {
        EmbeddedBroker running = broker;
        if (running == null) {
            running = start();
            broker = running;
        }
        return running;
    }

    private static EmbeddedBroker start() {
        try {
            Path folder = Files.createTempDirectory("shared-broker");
            EmbeddedBroker started = EmbeddedBroker.start(BrokerSettings.in(folder));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(started, folder)));
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(EmbeddedBroker broker, Path folder) {
        broker.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
