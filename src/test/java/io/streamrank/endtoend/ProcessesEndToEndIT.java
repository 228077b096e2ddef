package io.streamrank.endtoend;

import io.streamrank.embedded.BrokerSettings;
import io.streamrank.embedded.EmbeddedBroker;
import io.streamrank.testing.PackagedApp;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Against an embedded broker and the packaged application. */
class ProcessesEndToEndIT extends EndToEndCases {
    private static Site site;

    @BeforeAll
    static void start(@TempDir Path folder) {
        site = new Processes(EmbeddedBroker.start(BrokerSettings.in(folder.resolve("broker"))), folder);
    }

    @AfterAll
    static void stop() throws Exception {
        site.close();
    }

    @Override
    Site site() {
        return site;
    }

    private record Processes(EmbeddedBroker broker, Path folder) implements Site {
        @Override
        public String bootstrapServers() {
            return broker.bootstrapServers();
        }

        @Override
        public Deployed start(String instanceId) throws Exception {
            PackagedApp app = PackagedApp.start(
                    folder,
                    Map.of(
                            "STREAMRANK_HTTP_PORT", "0",
                            "STREAMRANK_MODEL_DTYPE", "float32",
                            "STREAMRANK_MODEL_THREADS", "1",
                            "OMP_NUM_THREADS", "1"),
                    "work",
                    "--bootstrap-servers",
                    broker.bootstrapServers(),
                    "--model",
                    "src/test/resources/golden/bert",
                    "--create-topics",
                    "--instance-id",
                    instanceId);
            try {
                app.awaitOutput("Assigned");
                return new Worker(app);
            } catch (IOException | InterruptedException | RuntimeException | Error e) {
                app.close();
                throw e;
            }
        }

        @Override
        public void close() {
            broker.close();
        }
    }

    private record Worker(PackagedApp app) implements Deployed {
        private static final Pattern HEALTH = Pattern.compile("health at (http://127\\.0\\.0\\.1:\\d+)/");

        @Override
        public URI http() throws IOException {
            Matcher health = HEALTH.matcher(app.err());
            if (!health.find()) {
                throw new AssertionError(app.err());
            }
            return URI.create(health.group(1));
        }

        @Override
        public int terminate() throws Exception {
            app.signal("TERM");
            return app.exitCode();
        }

        @Override
        public String log() throws IOException {
            return app.err();
        }

        @Override
        public void close() {
            app.close();
        }
    }
}
