package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.fetch.Fetch;
import io.streamrank.fetch.Fetch.Wanted;
import io.streamrank.fetch.FetchSettings;
import io.streamrank.fetch.FetchSettings.Keys;
import io.streamrank.fetch.FetchWatcher;
import io.streamrank.fetch.Location;
import io.streamrank.model.Rerankers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsFetchCommandTest {
    private static final Path BERT = Path.of("src/test/resources/golden/bert");

    private final StreamrankConfig config = StreamrankConfigTest.config(Map.of());

    @TempDir
    private Path folder = Path.of("");

    @Test
    void bringsACheckpointWithTheRevisionThatRankingsName() throws Exception {
        String revision = Rerankers.digest(BERT).substring(0, 12);
        Path to = folder.resolve("bert");

        assertThat(CommandAnswer.to(new ModelsFetchCommand(config), BERT.toString(), "--to", to.toString())
                        .out())
                .contains("Fetched revision " + revision + " in " + to)
                .contains("--revision " + revision + " would");
        assertThat(Rerankers.digest(to)).isEqualTo(Rerankers.digest(BERT));
        assertThat(CommandAnswer.to(
                                new ModelsFetchCommand(config),
                                "elsewhere",
                                "--to",
                                to.toString(),
                                "--revision",
                                revision)
                        .out())
                .isEqualToIgnoringNewLines("Already there: revision " + revision + " in " + to);
    }

    @Test
    void refusesWhatIsNoCheckpoint() throws Exception {
        Path source = Files.createDirectory(folder.resolve("source"));
        Files.copy(BERT.resolve("config.json"), source.resolve("config.json"));

        assertThatThrownBy(() -> fetch(source))
                .hasMessageContaining(source + ": what it holds is no whole checkpoint: ")
                .hasMessageContaining("model.safetensors");
        assertThat(folder.resolve("model")).doesNotExist();
    }

    private void fetch(Path source) throws Exception {
        new Fetch(
                        Location.parse(source.toString()),
                        folder.resolve("model"),
                        Wanted.ANY,
                        ModelsFetchCommand.settings(config.fetch(), Map.of()),
                        Rerankers::digest,
                        FetchWatcher.NONE)
                .run();
    }

    @Test
    void takesKeysFromTheSettingsElseFromTheEnvironment() {
        Map<String, String> environment = Map.of("AWS_ACCESS_KEY_ID", "env", "AWS_SECRET_ACCESS_KEY", "secret");
        StreamrankConfig set = StreamrankConfigTest.config(Map.of(
                "streamrank.fetch.s3.access-key-id", "own", "streamrank.fetch.s3.secret-access-key", "own-secret"));
        StreamrankConfig half = StreamrankConfigTest.config(Map.of("streamrank.fetch.s3.access-key-id", "own"));

        assertThat(ModelsFetchCommand.settings(config.fetch(), environment).s3().keys())
                .contains(new Keys("env", "secret", Optional.empty()));
        assertThat(ModelsFetchCommand.settings(set.fetch(), environment).s3().keys())
                .contains(new Keys("own", "own-secret", Optional.empty()));
        assertThat(ModelsFetchCommand.settings(config.fetch(), Map.of()).s3().keys())
                .isEmpty();
        assertThatThrownBy(() -> ModelsFetchCommand.settings(half.fetch(), environment))
                .hasMessageContaining("belong together");
    }

    @Test
    void settingsTellNoSecretAndSayWhatIsWrong() {
        StreamrankConfig secret = StreamrankConfigTest.config(Map.of(
                "streamrank.fetch.token", "the-token",
                "streamrank.fetch.s3.access-key-id", "own",
                "streamrank.fetch.s3.secret-access-key", "own-secret"));
        FetchSettings settings = ModelsFetchCommand.settings(secret.fetch(), Map.of());
        StreamrankConfig none = StreamrankConfigTest.config(Map.of("streamrank.fetch.attempts", "0"));

        assertThat(settings.toString()).doesNotContain("the-token").doesNotContain("own-secret");
        assertThatThrownBy(() -> ModelsFetchCommand.settings(none.fetch(), Map.of()))
                .hasMessage("streamrank.fetch: attempts is 0, expected 1 or more");
    }
}
