package io.streamrank.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Probes and scrapes of images and manifests ask for paths that are answered. */
class DeployedPathsTest {
    private static final Pattern PATH = Pattern.compile("(?:path|metrics_path): (/[\\w/]+)");

    @Test
    void areAnswered() throws Exception {
        Set<String> paths = new TreeSet<>();
        for (String file :
                List.of("k8s/base/statefulset.yaml", "k8s/monitoring/servicemonitor.yaml", "docker/prometheus.yaml")) {
            PATH.matcher(Files.readString(Path.of(file))).results().forEach(path -> paths.add(path.group(1)));
        }
        assertThat(paths)
                .containsExactlyInAnyOrder("/metrics", "/q/health/live", "/q/health/ready", "/q/health/started");

        try (TestingServer server = TestingServer.start(ApiSources.NONE)) {
            for (String path : paths) {
                assertThat(server.get(path).statusCode()).as(path).isIn(200, 503);
            }
        }
    }
}
