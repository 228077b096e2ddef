package io.streamrank.training;

import io.streamrank.model.Parameter;
import io.streamrank.model.TensorFile;
import io.streamrank.model.Trainable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The worker's small checkpoints, one a family, and something to train them on. */
final class GoldenCheckpoint {
    private static final Path FOLDER = Path.of("src", "test", "resources", "golden");

    private static final List<String> WORDS =
            List.of("river", "stone", "moon", "seven", "garden", "iron", "what", "is", "the", "of", "slow", "green");

    private GoldenCheckpoint() {}

    static Path folder(String family) {
        return FOLDER.resolve(family);
    }

    /** Every family that has a folder. */
    static List<String> families() {
        try (Stream<Path> folders = Files.list(FOLDER)) {
            return folders.filter(folder -> Files.exists(folder.resolve("golden.json")))
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Trainable open(String family) {
        return Trainable.open(folder(family), 0);
    }

    /** The golden BERT as its encoder alone is saved: no prefix, no pooler, no classifier. Returns its folder. */
    static Path writeBare(Path bare) throws IOException {
        try (Trainable whole = open("bert")) {
            TensorFile file = TensorFile.open(whole.folder().resolve("model.safetensors"));
            List<TensorFile.Entry> kept = new ArrayList<>();
            for (Parameter parameter : whole.parameters()) {
                if (!parameter.name().startsWith("head.")) {
                    kept.add(new TensorFile.Entry(
                            parameter.stored().replaceFirst("^bert\\.", ""),
                            parameter.shape(),
                            () -> file.floats(parameter.stored(), parameter.size())));
                }
            }
            TensorFile.write(bare.resolve("model.safetensors"), TensorFile.Type.FLOAT32, kept);
            for (String name : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
                Files.copy(whole.folder().resolve(name), bare.resolve(name));
            }
        }
        return bare;
    }

    /** Queries with documents of mixed lengths, of which the first is relevant; with a teacher's scores. */
    static List<Example> examples(long seed, int queries, int documents) {
        Random random = new Random(seed);
        return IntStream.range(0, queries)
                .mapToObj(q -> new Example(
                        text(random, 2 + random.nextInt(3)),
                        IntStream.range(0, documents - q % 2)
                                .mapToObj(d -> new Passage(text(random, 2 + random.nextInt(12)), d == 0 ? 1 : 0, (float)
                                        random.nextGaussian()))
                                .toList()))
                .toList();
    }

    static String text(Random random, int words) {
        return String.join(
                " ",
                IntStream.range(0, words)
                        .mapToObj(i -> WORDS.get(random.nextInt(WORDS.size())))
                        .toList());
    }

    /** Nothing random, and the whole gradient. */
    static LearnerSettings exact() {
        return LearnerSettings.defaults()
                .withThreads(1)
                .withDropout(0, 0)
                .withOptimizer(OptimizerSettings.defaults().withClipNorm(0));
    }
}
