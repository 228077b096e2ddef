package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The chunked forms of both Mambas against their recurrence, with states before and after each sequence. */
class RecurrenceTest {
    /** Of the largest value: float32 sums over 2,000 tokens. */
    private static final double RELATIVE_BOUND = 2e-5;

    private static final int[][] PACKINGS = {
        {1}, {1, 1, 1}, {64}, {65, 63, 64, 1}, {300, 2, 128, 17, 16, 15, 129}, {7, 250, 7, 7},
    };

    @Test
    void mamba2AgreesWithItsSteps() {
        try (Probe probe = new Probe("ssd.py", "probe_ssd.py", 64)) {
            Random random = new Random(31);
            for (int[] lengths : PACKINGS) {
                assertAgrees(probe, new Recurrence(random, 3, 4, 8, 1, lengths), true);
            }
            assertAgrees(probe, new Recurrence(random, 2, 4, 16, 1, 2000, 3), true);
        }
    }

    @Test
    void mambaAgreesWithItsSteps() {
        try (Probe probe = new Probe("mamba.py", "probe_scan.py", 16)) {
            Random random = new Random(32);
            for (int[] lengths : PACKINGS) {
                assertAgrees(probe, new Recurrence(random, 12, 1, 8, 8, lengths), false);
            }
            assertAgrees(probe, new Recurrence(random, 8, 1, 16, 16, 2000, 3), false);
        }
    }

    private static void assertAgrees(Probe probe, Recurrence batch, boolean heads) {
        double[] expected = batch.steps();

        float[] actual = probe.run(batch, heads);

        assertThat(actual).hasSameSizeAs(expected);
        double largest = 0;
        double apart = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            apart = Math.max(apart, Math.abs(expected[i] - actual[i]));
        }
        assertThat(apart).as("lengths %s", batch.lengths).isLessThan(RELATIVE_BOUND * largest);
    }

    /** A module of the recurrence alone. */
    private static final class Probe implements AutoCloseable {
        private final Model model;

        Probe(String family, String probe, int chunk) {
            byte[] archive = TorchArchive.assemble(
                    List.of(probe, "chunks.py", "blocks.py", family, "serving.py", "products.py"),
                    Map.of("chunk", chunk, "compute_type", 6, "wide_type", 6),
                    List.of("weights"),
                    false);
            TorchEngine.start(0);
            model = TorchEngine.load(archive, probe, Device.cpu());
        }

        float[] run(Recurrence batch, boolean heads) {
            int t = batch.tokens;
            int n = batch.lengths.length;
            try (NDManager manager = TorchEngine.manager(Device.cpu())) {
                NDList input = new NDList(
                        manager.create(batch.packed()),
                        manager.create(
                                batch.x, heads ? new Shape(t, batch.heads, batch.width) : new Shape(t, batch.heads)),
                        manager.create(batch.dt, new Shape(t, batch.heads)),
                        manager.create(batch.a, heads ? new Shape(batch.heads) : new Shape(batch.heads, batch.state)),
                        manager.create(batch.b, new Shape(t, batch.state)),
                        manager.create(batch.c, new Shape(t, batch.state)),
                        manager.create(
                                batch.before,
                                heads
                                        ? new Shape(n, batch.heads, batch.width, batch.state)
                                        : new Shape(n, batch.heads, batch.state)));
                return model.getBlock()
                        .forward(new ParameterStore(manager, false), input, false)
                        .singletonOrThrow()
                        .toFloatArray();
            }
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
