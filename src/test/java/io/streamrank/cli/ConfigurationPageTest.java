package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {
    private static final Path PAGE = Path.of("docs/configuration.md");

    @Test
    void isWhatTheCodeMakesOfIt() throws IOException {
        String made = ConfigurationPage.text();
        if (Boolean.getBoolean("configuration.write")) {
            Files.writeString(PAGE, made);
        }

        assertThat(PAGE).as("to make it anew: %s", ConfigurationPage.COMMAND).hasContent(made);
        assertThat(made)
                .contains("| `streamrank.http.port` | `STREAMRANK_HTTP_PORT` | whole number | `8080` |")
                .contains("| `streamrank.kafka.group-protocol` |", "| `classic`, `consumer` | `classic` |");
    }
}
