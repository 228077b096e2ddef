package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.cli.WorkerAssembly.ModelChoice;
import io.streamrank.ingest.Models;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Rerankers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The golden BERT takes 416,068 bytes in float32, the golden Mamba 222,080. */
class ModelLoaderTest {
    private static final ModelChoice BERT = new ModelChoice("bert", Path.of("src/test/resources/golden/bert"));
    private static final ModelChoice MAMBA = new ModelChoice("mamba", Path.of("src/test/resources/golden/mamba"));
    private static final long BOTH = 416_068 + 222_080;

    @Test
    void loadsWhatFitsExactly() {
        try (Models models = loader(BOTH, 0).load(List.of(BERT, MAMBA))) {
            assertThat(models.ids()).containsExactly("bert", "mamba");
            assertThat(models.all()).extracting(model -> model.residentBytes()).containsExactly(416_068L, 222_080L);
        }
    }

    @Test
    void refusesWhatDoesNotFitBeforeLoadingAnything(@TempDir Path broken) throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(BERT.folder().resolve(file), broken.resolve(file));
        }
        // Loading it would end in an error of its own.
        Files.writeString(broken.resolve("tokenizer.json"), "{}");

        assertThatThrownBy(() -> loader(BOTH - 1, 0).load(List.of(new ModelChoice("bert", broken), MAMBA)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the models take 638,148 bytes, more than the 638,147 of streamrank.model.memory: bert 416,068,"
                                + " mamba 222,080. Hold fewer, set dtype to bfloat16 or a smaller state-cache, or allow more");
    }

    @Test
    void countsWhatIsReservedForDocuments() {
        assertThatThrownBy(() -> loader(BOTH, 1_000_000).load(List.of(BERT, MAMBA)))
                .hasMessageContaining("bert 416,068, mamba 1,222,080");
    }

    @Test
    void givesEachModelItsOwnArithmetic() {
        Map<String, String> properties = properties(0, 0);
        properties.put("streamrank.models.small.dtype", "bfloat16");
        properties.put("streamrank.models.small.max-length", "32");
        ModelChoice small = new ModelChoice("small", BERT.folder());

        try (Models models = new ModelLoader(StreamrankConfigTest.config(properties)).load(List.of(BERT, small))) {
            assertThat(models.all()).extracting(model -> model.dtype()).containsExactly("float32", "bfloat16");
            assertThat(models.all()).extracting(model -> model.maxLength()).containsExactly(128, 32);
        }
    }

    @Test
    void expectsWhatAModelThenTakes(@TempDir Path labelled) throws IOException {
        List<Path> folders = new ArrayList<>(Stream.of("bert", "bart", "llama", "mamba2", "modernbert", "opt")
                .map(family -> Path.of("src/test/resources/golden", family))
                .toList());
        folders.add(rankedByLabels(labelled));
        for (Path folder : folders) {
            for (String dtype : List.of("float32", "bfloat16")) {
                ModelSettings settings = ModelSettings.defaults()
                        .withDevice("cpu")
                        .withDtype(dtype)
                        .withStateCache(0, false);
                long expected = Rerankers.residentBytes(folder, settings);

                try (var reranker = Rerankers.load(folder, "model", settings)) {
                    assertThat((double) expected)
                            .as("%s in %s", folder, dtype)
                            .isBetween(0.999 * reranker.residentBytes(), 1.03 * reranker.residentBytes());
                }
            }
        }
    }

    /** The golden Qwen3, asked for two tokens of its vocabulary instead of by its ranking head. */
    private static Path rankedByLabels(Path target) throws IOException {
        Path qwen3 = Path.of("src/test/resources/golden/qwen3");
        for (String file : List.of("model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(qwen3.resolve(file), target.resolve(file));
        }
        ObjectNode config = (ObjectNode)
                ModelsReport.JSON.readTree(qwen3.resolve("config.json").toFile());
        config.put("tie_word_embeddings", true);
        Files.writeString(target.resolve("config.json"), config.toString());
        Files.writeString(
                target.resolve("reranker.json"),
                "{\"template\": \"document: {document} ; query: {query} ;\", \"labels\": [\"\u00f8\", \"\u00f9\"]}");
        return target;
    }

    private static ModelLoader loader(long memory, long stateCache) {
        return new ModelLoader(StreamrankConfigTest.config(properties(memory, stateCache)));
    }

    private static Map<String, String> properties(long memory, long stateCache) {
        return new HashMap<>(Map.of(
                "streamrank.model.device",
                "cpu",
                "streamrank.model.dtype",
                "float32",
                "streamrank.model.state-cache",
                Long.toString(stateCache),
                "streamrank.model.memory",
                Long.toString(memory)));
    }
}
