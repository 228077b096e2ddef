package io.streamrank.training;

import io.streamrank.model.Trainable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
