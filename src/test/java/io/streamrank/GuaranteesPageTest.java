package io.streamrank;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/guarantees.md names tests that there are. */
class GuaranteesPageTest {
    private static final Path PAGE = Path.of("docs/guarantees.md");
    private static final Path TESTS = Path.of("src/test/java");

    /** {@code `WorkerIT.method`}, {@code `WorkerIT`}, or {@code `.method`} of the class named before. */
    private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT)|SentEvents)?(?:\\.(\\w+))?`");

    @Test
    void everyTestItNamesIsThere() throws IOException {
        List<MatchResult> named = TEST.matcher(Files.readString(PAGE)).results().toList();
        String source = "";
        int methods = 0;
        for (MatchResult test : named) {
            if (test.group(1) != null) {
                source = Files.readString(file(test.group(1)));
            }
            if (test.group(2) != null) {
                assertThat(source).as(test.group()).contains("void " + test.group(2) + "(");
                methods++;
            }
        }
        assertThat(methods).isGreaterThan(20);
    }

    @Test
    void everyPromiseNamesATest() throws IOException {
        assertThat(Files.readAllLines(PAGE))
                .filteredOn(line -> line.startsWith("| ") && !line.startsWith("| ---"))
                .filteredOn(line -> !line.startsWith("| promise") && !line.startsWith("| fault"))
                .isNotEmpty()
                .allMatch(line ->
                        TEST.matcher(line.substring(line.lastIndexOf(" | "))).find());
    }

    private static Path file(String name) throws IOException {
        try (Stream<Path> files = Files.walk(TESTS)) {
            return files.filter(file -> file.endsWith(name + ".java"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no test is called " + name));
        }
    }
}
