package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What oneDNN's operators compute on a CPU beside plain tensor operations, which other processors and training take. */
class OneDnnTest {
    private static final Path FOLDER = Path.of("src/test/resources/golden");

    @BeforeEach
    void hasOneDnn() {
        TorchEngine.start(0);
        assumeThat(TorchEngine.hasOneDnn(Device.cpu())).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "bert, FLOAT32, 1e-5",
        "bert, BFLOAT16, 0.05",
        "electra, FLOAT32, 1e-5",
        "electra, BFLOAT16, 0.05",
        "modernbert, FLOAT32, 1e-5",
        "modernbert, BFLOAT16, 0.05",
        "deberta-v2, FLOAT32, 1e-5",
        "deberta-v2, BFLOAT16, 0.05",
        "bart, FLOAT32, 1e-5",
        "bart, BFLOAT16, 0.05"
    })
    void scoresAsPlainOperationsDo(String family, Dtype dtype, double bound) {
        Checkpoint checkpoint = Checkpoint.open(FOLDER.resolve(family));
        Architecture architecture = Families.read(checkpoint);
        List<EncodedPair> pairs = pairs(architecture);
        try (Scorer plain = load(checkpoint, architecture, dtype, false);
                Scorer oneDnn = load(checkpoint, architecture, dtype, true)) {
            float[] expected = plain.score(pairs);
            float[] actual = oneDnn.score(pairs);

            float low = Float.MAX_VALUE;
            float high = -Float.MAX_VALUE;
            float apart = 0;
            for (int i = 0; i < expected.length; i++) {
                low = Math.min(low, expected[i]);
                high = Math.max(high, expected[i]);
                apart = Math.max(apart, Math.abs(expected[i] - actual[i]));
            }
            assertThat(high - low).isPositive();
            assertThat(apart / (high - low)).isLessThan((float) bound);
            assertThat(oneDnn.residentBytes()).isEqualTo(plain.residentBytes());
        }
    }

    private static Scorer load(Checkpoint checkpoint, Architecture architecture, Dtype dtype, boolean oneDnn) {
        return Scorer.load(checkpoint, architecture, Device.cpu(), dtype, CudaOperators.NONE, oneDnn);
    }

    /** Of many lengths, some of them twice, up to the longest the model takes: random ids are as good as any. */
    private static List<EncodedPair> pairs(Architecture architecture) {
        SplittableRandom random = new SplittableRandom(9);
        List<EncodedPair> pairs = new ArrayList<>();
        for (int length :
                new int[] {3, 5, 5, 17, 32, 33, 33, architecture.positions() - architecture.firstPosition()}) {
            int[] ids = random.ints(length, 5, architecture.vocabulary()).toArray();
            pairs.add(new EncodedPair(ids, new int[0], false));
        }
        return pairs;
    }
}
