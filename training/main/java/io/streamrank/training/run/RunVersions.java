package io.streamrank.training.run;

import io.streamrank.model.Trainable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** What a run was made with, so that it can be told later why it came out as it did. */
public final class RunVersions {
    private static final int GIT_SECONDS_MAX = 10;

    private RunVersions() {}

    /**
     * Everything that can be told, by name. Starts libtorch if nothing has, since which one it is only shows then.
     *
     * @param device what the run computes on
     * @param sources a folder of the sources, where the git revision is asked for
     */
    public static Map<String, String> of(String device, Path sources) {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("streamrank", streamrank());
        git(sources).ifPresent(revision -> versions.put("git", revision));
        versions.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        versions.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        property("/pytorch-engine.properties", "djl_version").ifPresent(version -> versions.put("djl", version));
        versions.put("libtorch", Trainable.libtorch());
        versions.put("device", device);
        return versions;
    }

    private static String streamrank() {
        String version = RunVersions.class.getPackage().getImplementationVersion();
        return version == null ? "built from sources" : version;
    }

    /** A property that a library on the class path says of itself. */
    private static Optional<String> property(String resource, String key) {
        try (InputStream in = RunVersions.class.getResourceAsStream(resource)) {
            if (in == null) {
                return Optional.empty();
            }
            Properties properties = new Properties();
            properties.load(in);
            return Optional.ofNullable(properties.getProperty(key));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** {@code 0123abc}, or {@code 0123abc-dirty}; empty where there is no git or no repository. */
    static Optional<String> git(Path folder) {
        try {
            Process git = new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12")
                    .directory(folder.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(git.getInputStream(), StandardCharsets.UTF_8))) {
                String line = out.readLine();
                boolean ended = git.waitFor(GIT_SECONDS_MAX, TimeUnit.SECONDS) && git.exitValue() == 0;
                return ended ? Optional.ofNullable(line) : Optional.empty();
            } finally {
                git.destroy();
            }
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
