package io.streamrank.embedded;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** Where a {@link BrokerProcess} finds its classes: this room's, Kafka's, and the log manager's. */
public final class BrokerClasspath {
    /** The command that makes what {@link #ofBuild} looks for. */
    public static final String BUILD_COMMAND = "mvn -Dquick -DskipTests package";

    private static final String MAIN_CLASS_FILE = "io/streamrank/embedded/BrokerMain.class";

    private BrokerClasspath() {}

    /** The class path of this JVM: right for tests, whose class path has the broker on it. */
    public static List<Path> ofThisJvm() {
        // Surefire and failsafe start a JVM with one jar that only lists the others in its manifest.
        String list = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Stream.of(list.split(File.pathSeparator))
                .filter(entry -> !entry.isBlank())
                .map(entry -> Path.of(entry).toAbsolutePath())
                .toList();
    }

    /**
     * What a build of the repository has left: the worker's classes, the broker's libraries, and the libraries that the
     * packaged worker has anyway.
     *
     * @param home the repository's folder, the one with {@code target} in it
     * @throws BrokerException naming the first part that is missing, and {@link #BUILD_COMMAND}
     */
    public static List<Path> ofBuild(Path home) {
        Path target = home.toAbsolutePath().normalize().resolve("target");
        List<Path> classpath = new ArrayList<>();
        classpath.add(ownClasses(target));
        classpath.addAll(jars(target.resolve("embedded-broker"), "*.jar"));
        classpath.addAll(jars(target.resolve("quarkus-app/lib/main"), "*.jar"));
        // Quarkus keeps the log manager apart; without it SLF4J swallows every line.
        classpath.addAll(jars(target.resolve("quarkus-app/lib/boot"), "*.jar"));
        return List.copyOf(classpath);
    }

    private static Path ownClasses(Path target) {
        Path classes = target.resolve("classes");
        if (Files.exists(classes.resolve(MAIN_CLASS_FILE))) {
            return classes;
        }
        return jars(target, "streamrank-*.jar").get(0);
    }

    private static List<Path> jars(Path folder, String glob) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> matching = Files.newDirectoryStream(folder, glob)) {
                matching.forEach(found::add);
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot list " + folder, e);
            }
        }
        if (found.isEmpty()) {
            throw new BrokerException(
                    "No " + glob + " in " + folder + ", which the embedded broker needs; build it: " + BUILD_COMMAND);
        }
        Collections.sort(found);
        return found;
    }
}
