package io.streamrank.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The manifests, as files and as kubectl renders them. */
final class Kustomize {
    static final Path FOLDER = Path.of("k8s");

    private static final Map<String, List<JsonNode>> RENDERED = new ConcurrentHashMap<>();

    private Kustomize() {}

    /** What an overlay becomes; skips the test where there is no kubectl to tell. */
    static List<JsonNode> render(String overlay) {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "kubectl"))),
                "kubectl, whose kustomize renders the overlays, is not on the path");
        return RENDERED.computeIfAbsent(overlay, Kustomize::rendered);
    }

    private static List<JsonNode> rendered(String overlay) {
        try {
            Path out = Files.createTempFile("rendered", ".yaml");
            Process process = new ProcessBuilder(
                            "kubectl",
                            "kustomize",
                            FOLDER.resolve("overlays").resolve(overlay).toString())
                    .redirectOutput(out.toFile())
                    .start();
            String errors = new String(process.getErrorStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("kubectl ended").isTrue();
            assertThat(process.exitValue()).as(errors).isZero();
            assertThat(errors).as("warnings").isEmpty();
            String text = Files.readString(out);
            Files.delete(out);
            return Yaml.documents(text);
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Every kustomization of the folder, by its own folder. */
    static Map<Path, JsonNode> kustomizations() throws IOException {
        Map<Path, JsonNode> found = new ConcurrentHashMap<>();
        try (Stream<Path> files = Files.walk(FOLDER)) {
            for (Path file :
                    files.filter(path -> path.endsWith("kustomization.yaml")).toList()) {
                found.put(file.getParent(), Yaml.read(file));
            }
        }
        return found;
    }

    /** The manifests that stand in files, before anything patches them. */
    static List<JsonNode> files() throws IOException {
        List<JsonNode> manifests = new ArrayList<>();
        for (Map.Entry<Path, JsonNode> kustomization : kustomizations().entrySet()) {
            for (JsonNode resource : kustomization.getValue().path("resources")) {
                Path file = kustomization.getKey().resolve(resource.asText());
                if (Files.isRegularFile(file)) {
                    manifests.addAll(Yaml.documents(Files.readString(file)));
                }
            }
        }
        return manifests;
    }

    /** The one manifest of a kind and name. */
    static JsonNode one(List<JsonNode> manifests, String kind, String name) {
        List<JsonNode> found = manifests.stream()
                .filter(manifest -> manifest.get("kind").asText().equals(kind))
                .filter(manifest -> manifest.at("/metadata/name").asText().equals(name))
                .toList();
        assertThat(found).as("%s %s", kind, name).hasSize(1);
        return found.get(0);
    }
}
