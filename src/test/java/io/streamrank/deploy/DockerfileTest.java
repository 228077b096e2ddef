package io.streamrank.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.cli.ContainerSettings;
import io.streamrank.deploy.Dockerfile.Instruction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules that the Dockerfile keeps: nothing unpinned, nothing fetched, nothing that runs as root. */
class DockerfileTest {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z_0-9]+)}");

    /** Contexts that docker/build.sh hands over. */
    private static final List<String> CONTEXTS = List.of("archive");

    private final Dockerfile dockerfile = Dockerfile.read(Path.of("docker/Dockerfile"));

    DockerfileTest() throws IOException {}

    /** An image by a tag is another one tomorrow: bases come by argument, and docker/build.sh takes pinned ones alone. */
    @Test
    void basesArePinnedFromOutside() throws IOException {
        String build = Files.readString(Path.of("docker/build.sh"));
        assertThat(dockerfile.all("FROM")).isNotEmpty().allSatisfy(from -> {
            String base = from.words().get(0);
            if (!dockerfile.stages().contains(base)) {
                var variable = VARIABLE.matcher(base);
                assertThat(variable.matches()).as(from.text()).isTrue();
                assertThat(build).contains("$(pinned " + variable.group(1) + ")");
                assertThat(Files.readString(Path.of("docker/images"))).contains("\n" + variable.group(1) + "=");
            }
        });
        assertThat(dockerfile.all("ARG").stream().filter(arg -> arg.stage().isEmpty()))
                .allSatisfy(arg -> assertThat(arg.text()).matches("[A-Z_]+(=scratch)?"));
    }

    @Test
    void everyStepIsAScriptOfThisProject() {
        assertThat(dockerfile.all("RUN")).hasSizeGreaterThan(3).allSatisfy(run -> {
            String script = run.words().stream()
                    .filter(word -> !word.contains("="))
                    .findFirst()
                    .orElseThrow();
            Path file = Path.of(script.replace("/build/", "src/main/cuda/"));
            assertThat(Files.isExecutable(file)).as(run.text()).isTrue();
            assertThat(run.text()).doesNotContain("&&").doesNotContain(";").doesNotContain("|");
        });
    }

    /** All but the stage that fetches what Maven needs. */
    @Test
    void stepsHaveNoNetworkButMavens() {
        assertThat(dockerfile.all("RUN"))
                .filteredOn(run -> !run.options().contains("--network=none"))
                .extracting(Instruction::text)
                .containsExactly("docker/package.sh");
        assertThat(dockerfile.all("ADD")).isEmpty();
        assertThat(dockerfile.instructions())
                .noneMatch(
                        each -> each.text().contains("http://") || each.text().contains("https://"));
    }

    @Test
    void whatIsCopiedIsThereAndNotIgnored() throws IOException {
        List<String> sent = Files.readAllLines(Path.of(".dockerignore")).stream()
                .filter(line -> line.startsWith("!"))
                .map(line -> line.substring(1))
                .toList();
        List<String> stages =
                Stream.concat(dockerfile.stages().stream(), CONTEXTS.stream()).toList();
        assertThat(dockerfile.all("COPY")).isNotEmpty().allSatisfy(copy -> {
            List<String> from = copy.options().stream()
                    .filter(option -> option.startsWith("--from="))
                    .map(option -> option.substring("--from=".length()))
                    .toList();
            if (from.isEmpty()) {
                List<String> sources = copy.words().subList(0, copy.words().size() - 1);
                assertThat(sources).allSatisfy(source -> {
                    assertThat(Path.of(source)).exists();
                    assertThat(sent).anyMatch(each -> source.equals(each) || source.startsWith(each + "/"));
                });
            } else {
                assertThat(stages).contains(from.get(0));
            }
        });
        assertThat(sent).allSatisfy(path -> assertThat(Path.of(path)).exists());
    }

    @Test
    void imagesRunAsAUserOfAFixedNumber() {
        assertThat(last("runtime", "USER").text()).isEqualTo("10001:10001");
        assertThat(Stream.of("cpu", "gpu").flatMap(stage -> dockerfile.of(stage).stream()))
                .noneMatch(
                        each -> each.keyword().equals("USER") || each.keyword().equals("RUN"))
                .filteredOn(each -> each.keyword().equals("FROM"))
                .hasSize(2)
                .allMatch(from -> from.words().get(0).equals("runtime"));
    }

    @Test
    void imagesSayWhatTheyAreAndHowTheyAre() {
        assertThat(last("runtime", "LABEL").text())
                .contains("image.title=", "image.licenses=\"Apache-2.0\"", "image.version=", "image.revision=");
        assertThat(last("runtime", "HEALTHCHECK").text()).isEqualTo("CMD [\"/opt/streamrank/bin/health\", \"ready\"]");
        assertThat(last("runtime", "ENTRYPOINT").text()).isEqualTo("[\"/opt/streamrank/bin/streamrank\"]");
        assertThat(last("runtime", "VOLUME").text()).isEqualTo("[\"/tmp\", \"/var/lib/streamrank\"]");
    }

    @Test
    void itsVariablesAreSettings() {
        Map<String, String> environment = environment();

        assertThat(ContainerSettings.unknown(environment)).isEmpty();
        var config = ContainerSettings.read(environment);
        assertThat(config.http().host()).isEqualTo("0.0.0.0");
        assertThat(last("runtime", "EXPOSE").text())
                .isEqualTo(Integer.toString(config.http().port()));
        assertThat(Stream.of(config.throughput().stateDir(), config.measure().stateDir()))
                .allSatisfy(folder -> assertThat(folder.orElseThrow()).startsWithRaw(Path.of("/var/lib/streamrank")));
    }

    private Map<String, String> environment() {
        return dockerfile.of("runtime").stream()
                .filter(each -> each.keyword().equals("ENV"))
                .flatMap(each -> each.words().stream())
                .map(pair -> pair.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1], (one, other) -> other, HashMap::new));
    }

    private Instruction last(String stage, String keyword) {
        return dockerfile.of(stage).stream()
                .filter(each -> each.keyword().equals(keyword))
                .reduce((one, other) -> other)
                .orElseThrow();
    }
}
