package io.streamrank.training;

import io.streamrank.batch.BatchPlanner;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.PlannedBatch;
import io.streamrank.model.Arithmetic;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModuleSource;
import io.streamrank.model.PackedBatch;
import io.streamrank.model.TorchModule;
import io.streamrank.model.TorchValue;
import io.streamrank.model.Trainable;
import io.streamrank.training.data.Neighbours;
import io.streamrank.training.data.TeacherScores.Teacher;
import io.streamrank.training.data.TextVectors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * An encoder that says where texts lie among each other: each is read alone, the mean of its tokens' last states is its
 * vector. Batches are packed as those that are ranked.
 */
final class TextEncoder implements TextVectors, Neighbours, AutoCloseable {
    /** Families whose layers {@code embedder.py} reads. */
    private static final Set<String> FAMILIES = Set.of("bert", "distilbert");

    /** Texts that are looked up at once: with 40,000 held ones 40 MB of products. */
    private static final int LOOKED_UP_AT_ONCE = 256;

    private final Trainable trainable;
    private final TorchModule module;
    private final BatchPolicy policy;
    private final Arithmetic arithmetic;
    private int held;

    private TextEncoder(Trainable trainable, TorchModule module, BatchPolicy policy, Arithmetic arithmetic) {
        this.trainable = trainable;
        this.module = module;
        this.policy = policy;
        this.arithmetic = arithmetic;
    }

    /**
     * Loads a checkpoint; what it has of a ranking head is not used.
     *
     * @param device {@code auto}, {@code cpu}, {@code gpu} or {@code gpu:1}
     * @param dtype {@code float32}, {@code bfloat16}, or {@code auto}, which is bfloat16 on a GPU
     * @param maxLength the longest text in tokens; 0 takes the checkpoint's own
     */
    static TextEncoder load(Path folder, String device, String dtype, int maxLength) {
        Trainable trainable = Trainable.open(folder, maxLength);
        try {
            if (!FAMILIES.contains(trainable.family())) {
                throw new IllegalArgumentException(folder + " is of family " + trainable.family()
                        + ", and similarities are computed for these only: "
                        + String.join(", ", FAMILIES.stream().sorted().toList()));
            }
            Arithmetic arithmetic = arithmetic(dtype, Trainable.onGpu(device, 0));
            TorchModule module = trainable.compile(
                    new ModuleSource(List.of("embedder.py", "serving.py"), Map.of(), List.of("weights", "held")),
                    device,
                    0,
                    arithmetic);
            try {
                module.run("bind", trainable.weights(FreshWeights.of(trainable, 0)));
            } catch (RuntimeException e) {
                module.close();
                throw e;
            }
            return new TextEncoder(trainable, module, BatchPolicy.of(module.device()), arithmetic);
        } catch (RuntimeException e) {
            trainable.close();
            throw e;
        }
    }

    private static Arithmetic arithmetic(String dtype, boolean gpu) {
        return switch (dtype) {
            case "auto" -> gpu ? Arithmetic.BFLOAT16 : Arithmetic.FLOAT32;
            case "float32" -> Arithmetic.FLOAT32;
            case "bfloat16" -> Arithmetic.BFLOAT16;
            default -> throw new IllegalArgumentException("dtype is " + dtype + ", expected auto, float32 or bfloat16");
        };
    }

    /** Who gave scores that are similarities times this. */
    Teacher asTeacher(double scale) {
        String dtype = arithmetic == Arithmetic.BFLOAT16 ? "bfloat16" : "float32";
        return new Teacher(
                trainable.revision(), trainable.family(), trainable.maxLength(), dtype, OptionalDouble.of(scale));
    }

    @Override
    public List<float[]> of(List<String> texts) {
        List<EncodedPair> encoded = trainable.encodeAlone(texts);
        float[][] vectors = new float[texts.size()][];
        int[] lengths = encoded.stream().mapToInt(EncodedPair::tokens).toArray();
        for (PlannedBatch batch : BatchPlanner.plan(lengths, policy)) {
            PackedBatch packed =
                    trainable.pack(batch.pairs().stream().map(encoded::get).toList());
            float[] all = module.floats("forward", TorchValue.ints(packed.buffer()));
            int width = all.length / batch.pairs().size();
            for (int i = 0; i < packed.order().length; i++) {
                vectors[batch.pairs().get(packed.order()[i])] = Arrays.copyOfRange(all, i * width, (i + 1) * width);
            }
        }
        return List.of(vectors);
    }

    @Override
    public void hold(float[] vectors, int count) {
        module.run("hold", TorchValue.floats(vectors, shape(vectors, count)));
        held = count;
    }

    @Override
    public int[][] nearest(List<float[]> vectors, int most) {
        int count = Math.min(most, held);
        int[][] found = new int[vectors.size()][];
        for (int from = 0; from < found.length; from += LOOKED_UP_AT_ONCE) {
            List<float[]> some = vectors.subList(from, Math.min(found.length, from + LOOKED_UP_AT_ONCE));
            float[] flat = flat(some);
            double[] rows = module.doubles(
                    "nearest", TorchValue.floats(flat, shape(flat, some.size())), TorchValue.ints(count));
            for (int i = 0; i < some.size(); i++) {
                found[from + i] = Arrays.stream(rows, i * count, (i + 1) * count)
                        .mapToInt(row -> (int) row)
                        .toArray();
            }
        }
        return found;
    }

    private static float[] flat(List<float[]> vectors) {
        int width = vectors.get(0).length;
        float[] flat = new float[vectors.size() * width];
        for (int i = 0; i < vectors.size(); i++) {
            System.arraycopy(vectors.get(i), 0, flat, i * width, width);
        }
        return flat;
    }

    private static List<Long> shape(float[] flat, int rows) {
        return List.of((long) rows, (long) flat.length / rows);
    }

    @Override
    public void close() {
        module.close();
        trainable.close();
    }
}
