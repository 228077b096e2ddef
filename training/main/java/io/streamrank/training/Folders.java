package io.streamrank.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders that are there whole or not at all. */
final class Folders {
    private static final String UNFINISHED = ".unfinished";
    private static final String REPLACED = ".replaced";

    /** Fills a new folder. */
    interface Filling {
        void fill(Path folder) throws IOException;
    }

    private Folders() {}

    /**
     * Puts a folder in place of another of its name. A process that ends meanwhile leaves one of the two, which
     * {@link #recover} finds.
     */
    static void replace(Path folder, Filling filling) throws IOException {
        Path unfinished = sibling(folder, UNFINISHED);
        Path replaced = sibling(folder, REPLACED);
        delete(unfinished);
        Files.createDirectories(unfinished);
        filling.fill(unfinished);
        delete(replaced);
        if (Files.exists(folder)) {
            Files.move(folder, replaced, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
        delete(replaced);
    }

    /** Whether there is one, or one that {@link #recover} brings back. */
    static boolean isThere(Path folder) {
        return Files.exists(folder) || Files.exists(sibling(folder, REPLACED));
    }

    /** Brings a folder back that was being replaced as the process ended. */
    static void recover(Path folder) throws IOException {
        Path replaced = sibling(folder, REPLACED);
        if (!Files.exists(folder) && Files.exists(replaced)) {
            Files.move(replaced, folder, StandardCopyOption.ATOMIC_MOVE);
        }
        delete(sibling(folder, UNFINISHED));
        delete(replaced);
    }

    private static Path sibling(Path folder, String suffix) {
        return folder.resolveSibling(folder.getFileName() + suffix);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> all = Files.walk(folder)) {
            deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }
}
