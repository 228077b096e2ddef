package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the documented table of settings against {@link StreamrankConfig}. */
class ConfigTableTest {
    /** Where the table stands, from the project's folder; under {@link #HEADING}. */
    private static final Path FILE = Path.of("README.md");

    private static final String HEADING = "## Configuration";
    private static final Pattern ROW = Pattern.compile("\\| `(streamrank\\.[^`]+)` \\| (.*?) \\| (.+) \\|");
    private static final Pattern CODE = Pattern.compile("`([^`]*)`");

    @Test
    void listsEveryPropertyAndNoOther() throws IOException {
        assertThat(rows())
                .extracting(Row::property)
                .containsExactlyInAnyOrderElementsOf(properties().keySet());
    }

    @Test
    void givesEveryDefault() throws IOException {
        Map<String, Optional<String>> properties = properties();

        assertThat(rows()).allSatisfy(row -> {
            Optional<String> expected = properties.getOrDefault(row.property(), Optional.empty());
            if (expected.isPresent()) {
                assertThat(row.byDefault()).as(row.property()).isEqualTo("`" + expected.get() + "`");
            } else {
                assertThat(CODE.matcher(row.byDefault()).find())
                        .as("%s has no default value, only words may describe it", row.property())
                        .isFalse();
            }
        });
    }

    @Test
    void saysWhatEachDoes() throws IOException {
        assertThat(rows())
                .isNotEmpty()
                .allSatisfy(row -> assertThat(row.meaning()).hasSizeGreaterThan(10));
    }

    /** A line of the table. */
    private record Row(String property, String byDefault, String meaning) {}

    private static List<Row> rows() throws IOException {
        List<String> lines = Files.readAllLines(FILE);
        int start = lines.indexOf(HEADING);
        assertThat(start).as("the line '%s' in %s", HEADING, FILE).isNotNegative();
        return lines.subList(start + 1, lines.size()).stream()
                .takeWhile(line -> !line.startsWith("## "))
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .map(row ->
                        new Row(row.group(1), row.group(2).trim(), row.group(3).trim()))
                .toList();
    }

    /** Every property with its default, if it has one. */
    private static Map<String, Optional<String>> properties() {
        Map<String, Optional<String>> properties = new TreeMap<>();
        DeclaredSettings.all().forEach(setting -> properties.put(setting.property(), setting.byDefault()));
        return properties;
    }
}
