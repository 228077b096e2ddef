package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights in several files with an index, and larger than one buffer. */
class ShardedCheckpointTest {
    private static final String INDEX = "model.safetensors.index.json";
    private static final String UP = "bert.encoder.layer.0.intermediate.dense.weight";

    private final Golden golden = Golden.read("bert");
    private CheckpointFolder folder;

    @BeforeEach
    void copy(@TempDir Path target) throws IOException {
        folder = CheckpointFolder.copyOf(golden, target);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void scoresAsFromOneFile(int shards) throws IOException {
        folder.sharded(shards);

        try (Reranker reranker = load()) {
            float[] scores = reranker.score(golden.pairs().stream()
                    .map(pair -> reranker.encode(pair.query(), List.of(pair.document()))
                            .get(0))
                    .toList());

            for (int i = 0; i < scores.length; i++) {
                assertThat(scores[i]).isCloseTo((float) golden.pairs().get(i).score(), within(1e-4f));
            }
        }
    }

    @Test
    void prefersTheOneFileWhereThereAreBoth() throws IOException {
        Path whole = folder.file("model.safetensors");
        byte[] bytes = Files.readAllBytes(whole);
        folder.sharded(2);
        Files.write(whole, bytes);

        assertThat(Checkpoint.open(folder.path()).weights().files()).containsExactly(whole);
    }

    /** As {@code cat … | sha256sum} would. */
    @Test
    void takesTheRevisionFromEveryFileInItsOrder() throws Exception {
        folder.sharded(2).text("reranker.json", "{}");
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (String name : List.of(
                "config.json",
                "tokenizer.json",
                "tokenizer_config.json",
                "reranker.json",
                INDEX,
                CheckpointFolder.shard(0, 2),
                CheckpointFolder.shard(1, 2))) {
            digest.update(Files.readAllBytes(folder.file(name)));
        }

        String revision = Checkpoint.open(folder.path()).revision();

        assertThat(revision)
                .isEqualTo(HexFormat.of().formatHex(digest.digest()).substring(0, Checkpoint.REVISION_DIGITS));
    }

    @Test
    void namesEveryMissingShard() throws IOException {
        folder.sharded(3).without(CheckpointFolder.shard(0, 3)).without(CheckpointFolder.shard(2, 3));

        assertRefused(
                INDEX,
                "2 of its 3 shards are missing: model-00001-of-00003.safetensors, model-00003-of-00003.safetensors");
    }

    @Test
    void namesTheShardThatLacksATensorOfTheIndex() throws IOException {
        String shard = shardOf(UP);
        Map<String, RawTensor> tensors = CheckpointFolder.readWeights(folder.file(shard));
        tensors.remove(UP);
        CheckpointFolder.writeWeights(folder.file(shard), tensors);

        assertRefused(shard, "tensor " + UP + " is missing, which " + INDEX + " says is here");
    }

    @Test
    void namesTheShardOfAMisshapenTensor() throws IOException {
        String shard = shardOf(UP);
        folder.json("config.json", config -> config.put("intermediate_size", 97));

        assertRefused(shard, "tensor " + UP + " has shape [96, 48], config.json says [97, 48]");
    }

    @Test
    void namesTheIndexWhereATensorIsInNoShard() throws IOException {
        folder.sharded(2).json(INDEX, index -> ((ObjectNode) index.get("weight_map")).remove(UP));

        assertRefused(INDEX, "tensor " + UP + " is missing, expected with shape [96, 48]");
    }

    @Test
    void namesATruncatedShard() throws IOException {
        String shard = shardOf(UP);
        byte[] whole = Files.readAllBytes(folder.file(shard));
        Files.write(folder.file(shard), Arrays.copyOf(whole, whole.length - 10));

        assertRefused(shard, "truncated: tensor ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ../other.safetensors       | weight_map has "../other.safetensors" for tensor a
            /etc/x.safetensors         | weight_map has "/etc/x.safetensors" for tensor a
            ..\\other.safetensors      | expected the plain name of a file of this folder
            C:x.safetensors            | expected the plain name of a file of this folder
            tokenizer.json             | expected the plain name of a file of this folder
            """)
    void readsNothingOutsideTheFolder(String shard, String message) throws IOException {
        folder.sharded(2).json(INDEX, index -> index.putObject("weight_map").put("a", shard));

        assertRefused(INDEX, message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {                         | is not JSON
            []                        | is not a JSON object
            {}                        | has no weight_map
            {"weight_map": {}}        | has no weight_map
            {"weight_map": []}        | has no weight_map
            {"weight_map": {"a": 1}}  | weight_map has 1 for tensor a
            """)
    void refusesAnIndexThatIsNone(String json, String message) throws IOException {
        folder.sharded(2).text(INDEX, json);

        assertRefused(INDEX, message);
    }

    @ParameterizedTest
    @CsvSource({"F32, 1", "F32, 1000", "F16, 1000", "BF16, 3000"})
    void readsALargeMatrixByRows(String dtype, long chunkBytes) throws IOException {
        if (!dtype.equals("F32")) {
            folder.weights(tensors -> tensors.replaceAll((name, tensor) -> tensor.as(dtype)));
        }
        Checkpoint checkpoint = Checkpoint.open(folder.path());
        List<Weight> weights = Families.read(checkpoint).weights();
        try (NDManager manager = TorchEngine.manager(Device.cpu())) {
            NDList whole = new Weights(checkpoint.weights()).read(weights, manager);
            NDList pieces = new Weights(checkpoint.weights(), chunkBytes).read(weights, manager);

            for (int i = 0; i < whole.size(); i++) {
                NDArray piece = pieces.get(i);
                assertThat(piece.getName()).isEqualTo(whole.get(i).getName());
                assertThat(piece.getShape()).isEqualTo(whole.get(i).getShape());
                assertThat(piece.toByteArray()).isEqualTo(whole.get(i).toByteArray());
            }
        }
    }

    private String shardOf(String tensor) throws IOException {
        String[] shard = new String[1];
        Consumer<ObjectNode> read =
                index -> shard[0] = index.path("weight_map").path(tensor).asText();
        folder.sharded(3).json(INDEX, read);
        return shard[0];
    }

    private Reranker load() {
        return Rerankers.load(
                folder.path(),
                "x",
                ModelSettings.defaults().withDevice("cpu").withDtype("float32").withMaxLength(golden.maxLength()));
    }

    private void assertRefused(String file, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> load().close())
                .withMessageStartingWith(folder.file(file) + ": ")
                .withMessageContaining(message);
    }
}
