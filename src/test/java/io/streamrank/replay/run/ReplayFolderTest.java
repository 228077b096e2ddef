package io.streamrank.replay.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayFolderTest {
    private final Path temporary;

    ReplayFolderTest(@TempDir Path temporary) {
        this.temporary = temporary;
    }

    @Test
    void leavesFoldersOfOthersAlone() throws Exception {
        Files.writeString(temporary.resolve("thesis.txt"), "years of work");

        assertThatThrownBy(() -> ReplayFolder.open(temporary))
                .hasMessageContaining("holds files, but no replay (replay.json): name a new folder with --output");
        assertThat(temporary.resolve("replay.lock")).doesNotExist();
        assertThatThrownBy(() -> ReplayFolder.open(temporary.resolve("thesis.txt")))
                .hasMessageContaining("expected a folder");
    }

    @Test
    void oneAtATimeHoldsIt() throws Exception {
        Path root = temporary.resolve("out");
        try (ReplayFolder held = ReplayFolder.open(root)) {
            assertThat(held.begun()).isEmpty();
            assertThatThrownBy(() -> ReplayFolder.open(root)).hasMessageContaining("another process replays into it");
        }
        ReplayFolder.open(root).close();
    }

    @Test
    void saysWhatIsBroken() throws Exception {
        Path root = Files.createDirectory(temporary.resolve("out"));
        Files.writeString(root.resolve("replay.json"), "{\"version\": 1");

        assertThatThrownBy(() -> ReplayFolder.open(root)).hasMessageContaining("replay.json: expected a JSON object");
    }

    @Test
    void namesAllThatDiffers() throws Exception {
        var begun = new ObjectMapper().readTree("{\"sample\": \"0.1\", \"topic\": \"a\", \"from\": \"\"}");

        ReplayIdentity.requireSame(temporary, begun, Map.of("topic", "a", "from", ""));
        assertThatThrownBy(() -> ReplayIdentity.requireSame(
                        Path.of("out"), begun, Map.of("topic", "b", "sample", "0.2", "from", "")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("out holds another replay, so this one cannot go on in it; name a new folder with --output."
                        + " What differs: sample: '0.1' there, '0.2' now; topic: 'a' there, 'b' now");
    }

    @Test
    void aModelsNameIsAFilesName() {
        FolderNames.requireModel("mamba-2.7b_v1");
        for (String name : new String[] {"", "a/b", "a b", "live", "first-stage", "..", ".hidden"}) {
            assertThatThrownBy(() -> FolderNames.requireModel(name)).hasMessageContaining("--model NAME=FOLDER");
        }
    }
}
