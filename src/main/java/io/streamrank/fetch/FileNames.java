package io.streamrank.fetch;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** Which names of files from elsewhere are taken: those that stay below the folder they are put in. */
final class FileNames {
    private static final int LENGTH_MAX = 255;
    private static final Pattern SEGMENT = Pattern.compile("[\\p{L}\\p{N}_@+=,~ ()\\[\\]#!%&.-]+");

    private FileNames() {}

    /** @throws FetchException if the name is not one of those */
    static String require(String name, String where) throws FetchException {
        boolean good = name.length() <= LENGTH_MAX && !name.isEmpty() && !name.endsWith("/");
        for (String segment : name.split("/", -1)) {
            good &= SEGMENT.matcher(segment).matches()
                    && !segment.equals(".")
                    && !segment.equals("..")
                    && !segment.equals(Target.MARKER);
        }
        if (good) {
            return name;
        }
        throw new FetchException(
                where,
                "holds a file by the name '" + quoted(name)
                        + "', expected a relative path below it, without . or .., of at most " + LENGTH_MAX
                        + " characters",
                "Have it packed or uploaded again under plain names");
    }

    private static String quoted(String name) {
        String shown = name.length() <= LENGTH_MAX ? name : name.substring(0, LENGTH_MAX) + "…";
        return shown.replaceAll("\\p{Cntrl}", "?");
    }

    /** Where a file of that name belongs. */
    static Path below(Path folder, String name) {
        Path path = folder.resolve(name).normalize();
        if (!path.startsWith(folder)) {
            throw new IllegalStateException(name + " leaves " + folder);
        }
        return path;
    }
}
