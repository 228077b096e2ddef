package io.streamrank.training.run;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.BeirFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which judged run a model is validated with.
 *
 * @param beir a folder laid out as BEIR does it, with a run beside it
 * @param split of that folder
 * @param files by key, {@code corpus}, {@code queries}, {@code qrels} and {@code run}: all of them, or those that are to be
 *     taken instead of the folder's
 * @param depth how many candidates of a query are reranked
 * @param sample how many queries are drawn; 0 takes all that are judged
 * @param seed decides which ones
 * @param relevantFrom the lowest grade that MRR and MAP take for relevant
 */
public record ValidationSettings(
        Optional<Path> beir,
        Optional<String> split,
        Map<String, Path> files,
        int depth,
        int sample,
        long seed,
        int relevantFrom) {
    /** The files that it is made of. */
    public static final List<String> FILES = List.of("corpus", "queries", "qrels", "run");

    public ValidationSettings {
        requireNonNull(beir, "beir");
        requireNonNull(split, "split");
        files = Map.copyOf(files);
        for (String key : FILES) {
            if (beir.isEmpty() && !files.containsKey(key)) {
                throw new IllegalArgumentException(
                        "validation." + key + " is missing: name validation.beir, or all of " + FILES);
            }
        }
        if (beir.isEmpty() && split.isPresent()) {
            throw new IllegalArgumentException("validation.split belongs to validation.beir, which is missing");
        }
        atLeast("depth", depth, 1);
        atLeast("sample", sample, 0);
        atLeast("relevant-from", relevantFrom, 1);
    }

    private static void atLeast(String key, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(
                    "validation." + key + " is " + value + ", expected " + least + " or more");
        }
    }

    /**
     * Reads it.
     *
     * @throws io.streamrank.replay.ReplayDataException if a file is missing or malformed, or no query is judged
     */
    public Validation read() throws IOException {
        return Validation.read(
                file("corpus"), file("queries"), file("qrels"), file("run"), depth, sample, relevantFrom, seed);
    }

    /** The files that it is made of, by key. */
    public Map<String, Path> paths() throws IOException {
        Map<String, Path> paths = new LinkedHashMap<>();
        for (String key : FILES) {
            paths.put(key, file(key));
        }
        return paths;
    }

    private Path file(String key) throws IOException {
        Path own = files.get(key);
        if (own != null) {
            return own;
        }
        BeirFolder folder = new BeirFolder(beir.orElseThrow(), split.orElse(null));
        return switch (key) {
            case "corpus" -> folder.corpus();
            case "queries" -> folder.queries();
            case "qrels" -> folder.qrels();
            default -> folder.run();
        };
    }
}
