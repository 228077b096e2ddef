package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.util.Utils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which operators run, and what is said where a library cannot be used. */
class CudaOperatorsTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @Test
    void takesTheLibraryBesideLibtorch(@TempDir Path folder) throws IOException {
        assertThat(CudaOperators.locate("auto", null)).isEmpty();
        assertThat(CudaOperators.locate("auto", "")).isEmpty();
        assertThat(CudaOperators.locate("auto", folder.toString())).isEmpty();

        Path library = Files.createFile(folder.resolve("libstreamrank_cuda.so"));

        assertThat(CudaOperators.locate("auto", folder.toString())).contains(library.toAbsolutePath());
        assertThat(CudaOperators.locate("none", folder.toString())).isEmpty();
    }

    @Test
    void takesTheFileThatIsSet(@TempDir Path folder) throws IOException {
        Path library = Files.createFile(folder.resolve("mine.so"));

        assertThat(CudaOperators.locate(library.toString(), null)).contains(library.toAbsolutePath());
        assertThatThrownBy(() -> CudaOperators.locate(folder.resolve("other.so").toString(), null))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("other.so is not a file")
                .hasMessageContaining("src/main/cuda/build.sh");
    }

    @Test
    void saysWhyALibraryCannotBeLoaded(@TempDir Path folder) throws IOException {
        Path library = Files.writeString(folder.resolve("libstreamrank_cuda.so"), "no library");

        assertThatThrownBy(() -> CudaOperators.open(library))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("libstreamrank_cuda.so cannot be loaded: ")
                .hasMessageContaining("src/main/cuda/build.sh");
    }

    @Test
    void saysThatALibraryHasOtherOperators() {
        CudaOperators.requireVersion(Path.of("lib.so"), CudaOperators.VERSION);
        assertThatThrownBy(() -> CudaOperators.requireVersion(Path.of("lib.so"), CudaOperators.VERSION + 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lib.so has CUDA operators " + (CudaOperators.VERSION + 1) + ", expected "
                        + CudaOperators.VERSION);
    }

    @Test
    void isOfTheLibrarysVersion() throws IOException {
        assertThat(Path.of("src/main/cuda/library.cpp"))
                .content()
                .contains("constexpr int64_t VERSION = " + CudaOperators.VERSION + ";");
    }

    @Test
    void needsNoLibraryOnACpu(@TempDir Path folder) {
        assertThat(CudaOperators.serve(
                        mamba(), Device.cpu(), folder.resolve("none.so").toString()))
                .isFalse();
    }

    @Test
    void leavesOtherFamiliesAlone(@TempDir Path folder) {
        Architecture modernBert = Families.read(Checkpoint.open(GOLDEN.resolve("modernbert")));

        assertThat(CudaOperators.serve(
                        modernBert, Device.gpu(), folder.resolve("none.so").toString()))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mamba", "mamba2"})
    void putsSourcesThatCallOperatorsInTheirPlace(String family) {
        List<String> sources =
                Families.read(Checkpoint.open(GOLDEN.resolve(family))).sources();

        String plain = TorchArchive.source(sources, Map.of(), false);
        String fast = TorchArchive.source(sources, Map.of(), true);

        assertThat(plain).doesNotContain("ops.streamrank");
        assertThat(fast).contains("ops.streamrank.conv_silu(", "ops.streamrank.add_rms_norm(");
        assertThat(functions(fast)).doesNotHaveDuplicates();
        assertThat(functions(plain)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bart", "bert", "deberta-v2", "distilbert", "electra", "roberta", "xlm-roberta"})
    void putsSourcesThatCallOperatorsInThePlaceOfPostNormSublayers(String family) {
        Architecture architecture = Families.read(Checkpoint.open(GOLDEN.resolve(family)));

        String plain = TorchArchive.source(architecture.sources(), Map.of(), false);
        String fast = TorchArchive.source(architecture.sources(), Map.of(), true);

        assertThat(plain).doesNotContain("ops.streamrank");
        assertThat(fast).contains("ops.streamrank.add_layer_norm(", "ops.streamrank.bias_gelu(");
        assertThat(functions(fast)).doesNotHaveDuplicates().containsAll(functions(plain));
        assertThat(OperatorLimits.refusal(architecture)).isEmpty();
    }

    private static List<String> functions(String source) {
        return source.lines().filter(line -> line.startsWith("def ")).toList();
    }

    @Test
    void takesWhatTheKernelsTake() {
        assertThat(OperatorLimits.refusal(mamba())).isEmpty();
        assertThat(OperatorLimits.refusal(Families.read(Checkpoint.open(GOLDEN.resolve("mamba2")))))
                .isEmpty();
    }

    @Test
    void saysWhatTheKernelsDoNotTake() {
        assertThat(refusal("layer.0.a_log", 64, 8)).contains("layer.0.a_log has 8 states, expected 16");
        assertThat(refusal("layer.0.conv.weight", 64, 1, 9))
                .contains("layer.0.conv.weight has 9 taps, expected 2 to 8");
        assertThat(refusal("layer.0.conv.weight", 60, 1, 4))
                .contains("layer.0.conv.weight has 60 channels, expected a multiple of 8");
        assertThat(refusal("layer.0.norm.weight", 8200))
                .contains("layer.0.norm.weight has 8200 numbers, expected a multiple of 8 up to 8192");
    }

    @Test
    void saysWhichFeedForwardLayersTheKernelsDoNotTake() {
        assertThat(OperatorLimits.refusal(architecture("bert", weight("layer.0.feedforward.up.weight", 60, 16))))
                .contains("layer.0.feedforward.up.weight has 60 rows, expected a multiple of 8");
    }

    @Test
    void saysWhichHeadsTheKernelsDoNotTake() {
        assertThat(mamba2Refusal(8, 512, 768)).isEmpty();
        assertThat(mamba2Refusal(2, 512, 768)).contains("layer.0.a_log has 256 channels a head, expected 1 to 128");
        assertThat(mamba2Refusal(8, 512, 1024)).contains("layer.0.conv.weight has 256 states, expected 1 to 128");
    }

    private static Optional<String> mamba2Refusal(long heads, long inner, long channels) {
        return OperatorLimits.refusal(architecture(
                "mamba2",
                weight("layer.0.a_log", heads),
                weight("layer.0.gate.weight", inner),
                weight("layer.0.conv.weight", channels, 1, 4)));
    }

    private static Optional<String> refusal(String name, long... shape) {
        return OperatorLimits.refusal(architecture("mamba", weight(name, shape)));
    }

    private static Architecture architecture(String family, Weight... weights) {
        return new Architecture(family, List.of(), Map.of(), List.of(weights), 1, 0, 1, 0);
    }

    private static Weight weight(String name, long... shape) {
        List<Dimension> dimensions = new ArrayList<>();
        for (long size : shape) {
            dimensions.add(new Dimension("size", size));
        }
        return new Weight(name, name, dimensions);
    }

    private static Architecture mamba() {
        return Families.read(Checkpoint.open(GOLDEN.resolve("mamba")));
    }

    /** On a GPU with the library beside libtorch: the same scores as PyTorch's own operations, with memory and without. */
    @ParameterizedTest
    @ValueSource(strings = {"mamba", "mamba2"})
    void scoresAsPyTorchsOwn(String family) {
        assumeTrue(TorchEngine.start(0).getGpuCount() > 0, "libtorch sees no GPU");
        assumeTrue(
                CudaOperators.locate("auto", Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH"))
                        .isPresent(),
                "no libstreamrank_cuda.so beside libtorch's libraries");
        List<EncodedPair> pairs = pairs(new Random(5));
        ModelSettings settings =
                ModelSettings.defaults().withDevice("gpu").withDtype("float32").withMaxLength(512);
        for (boolean onHost : new boolean[] {false, true}) {
            float[] expected;
            try (Reranker reranker = load(family, settings.withOperators("none").withStateCache(0, false))) {
                expected = reranker.score(pairs);
            }
            try (Reranker reranker = load(family, settings.withStateCache(64 << 20, onHost))) {
                assertThat(reranker.score(pairs)).as("unread").containsExactly(expected, within(1e-4f));
                assertThat(reranker.score(pairs)).as("known").containsExactly(expected, within(1e-4f));
                assertThat(reranker.stateCache().hits()).isPositive();
            }
        }
    }

    /** The same of encoders, which remember nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"bart", "bert", "deberta-v2", "distilbert", "electra", "roberta", "xlm-roberta"})
    void scoresEncodersAsPyTorchsOwn(String family) {
        assumeTrue(TorchEngine.start(0).getGpuCount() > 0, "libtorch sees no GPU");
        assumeTrue(
                CudaOperators.locate("auto", Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH"))
                        .isPresent(),
                "no libstreamrank_cuda.so beside libtorch's libraries");
        ModelSettings settings = ModelSettings.defaults().withDevice("gpu").withDtype("float32");
        try (Reranker plain = load(family, settings.withOperators("none"));
                Reranker fast = load(family, settings)) {
            List<EncodedPair> pairs = plain.encode("what is it", List.of("this", "that and the other one", "it"));

            assertThat(fast.score(pairs)).containsExactly(plain.score(pairs), within(1e-4f));
        }
    }

    private static Reranker load(String family, ModelSettings settings) {
        return Rerankers.load(GOLDEN.resolve(family), family, settings);
    }

    private static List<EncodedPair> pairs(Random random) {
        List<EncodedPair> pairs = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int prefix = 1 + random.nextInt(90);
            int[] ids = random.ints(prefix + 1 + random.nextInt(40), 3, 800).toArray();
            pairs.add(new EncodedPair(ids, new int[0], false, prefix));
        }
        return pairs;
    }
}
