package io.streamrank.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts around the images, with a stand-in for the engine that notes what it is asked. */
class ImageScriptsTest {
    private static final String DIGEST = "sha256:" + "ab12".repeat(16);

    @TempDir
    private Path folder;

    private Path lock;
    private Path asked;

    @BeforeEach
    void engine() throws IOException {
        lock = folder.resolve("images.lock");
        asked = folder.resolve("asked");
        engine("echo " + DIGEST);
    }

    @Test
    void pinsEveryImageByItsDigest() throws Exception {
        Path archive = archive("libtorch/lib/libtorch.so");

        Result locked = run("docker/lock.sh", archive.toString());

        assertThat(locked.status()).as(locked.output()).isZero();
        List<String> images = Files.readAllLines(Path.of("docker/images")).stream()
                .filter(line -> line.matches("[A-Z_]+=.*"))
                .toList();
        assertThat(images).hasSizeGreaterThan(5);
        assertThat(Files.readAllLines(lock))
                .containsAll(images.stream().map(line -> line + "@" + DIGEST).toList())
                .contains("LIBTORCH_SHA256=" + sum(archive));
    }

    @Test
    void keepsTheLockWhereARegistryGivesNoDigest() throws Exception {
        Files.writeString(lock, "as it was");
        engine("echo latest");

        Result locked = run("docker/lock.sh");

        assertThat(locked.status()).isEqualTo(1);
        assertThat(locked.output()).contains("'latest' is not a digest");
        assertThat(lock).hasContent("as it was");
    }

    @Test
    void buildsOnPinnedImages() throws Exception {
        Path archive = archive("libtorch/lib/libtorch.so");
        run("docker/lock.sh", archive.toString());

        Result cpu = run("docker/build.sh", "cpu", "mine:1");
        assertThat(cpu.status()).as(cpu.output()).isZero();
        assertThat(lastAsked())
                .startsWith("buildx build --load --file ")
                .contains("--target cpu --tag mine:1 ")
                .containsPattern("--build-arg BUILD_IMAGE=\\S+@" + DIGEST)
                .containsPattern("--build-arg RUNTIME_IMAGE=\\S+@" + DIGEST)
                .doesNotContain("CUDA_IMAGE");

        Result gpu = run("docker/build.sh", "gpu", archive.toString());
        assertThat(gpu.status()).as(gpu.output()).isZero();
        assertThat(lastAsked())
                .contains("--target gpu --tag streamrank:gpu ")
                .containsPattern("--build-arg CUDA_IMAGE=\\S+@" + DIGEST)
                .contains("--build-arg LIBTORCH_SHA256=" + sum(archive))
                .contains("--build-context archive=");
    }

    @Test
    void buildsNothingThatIsNotPinned() throws Exception {
        Result unlocked = run("docker/build.sh", "cpu");
        assertThat(unlocked.status()).isEqualTo(1);
        assertThat(unlocked.output()).contains("run docker/lock.sh");

        Files.writeString(lock, "BUILD_IMAGE=maven@" + DIGEST + "\nRUNTIME_IMAGE=eclipse-temurin:17-jre-noble\n");
        Result tagged = run("docker/build.sh", "cpu");
        assertThat(tagged.status()).isEqualTo(1);
        assertThat(tagged.output()).contains("does not pin RUNTIME_IMAGE by digest");

        assertThat(run("docker/build.sh", "tpu").status()).isEqualTo(2);
        assertThat(asked).doesNotExist();
    }

    @Test
    void unpacksReleasesAndJars() throws Exception {
        Path release =
                archive("libtorch/lib/libtorch.so", "libtorch/lib/libc10.so", "libtorch/include/torch/library.h");
        Path unpacked = folder.resolve("release");
        Result ofRelease = run("docker/libtorch.sh", release.toString(), sum(release), unpacked.toString());
        assertThat(ofRelease.status()).as(ofRelease.output()).isZero();
        assertThat(unpacked.resolve("lib/libtorch.so")).exists();
        assertThat(unpacked.resolve("lib/libc10.so")).exists();
        assertThat(unpacked.resolve("include/torch/library.h")).exists();
        assertThat(unpacked.resolve("unpacked")).doesNotExist();

        Path jar = archive("META-INF/x", "pytorch/cu128/linux-x86_64/libtorch.so");
        Path ofJar = folder.resolve("jar");
        assertThat(run("docker/libtorch.sh", jar.toString(), sum(jar), ofJar.toString())
                        .status())
                .isZero();
        assertThat(ofJar.resolve("lib/libtorch.so")).exists();
    }

    @Test
    void refusesAnotherArchive() throws Exception {
        Path archive = archive("libtorch/lib/libtorch.so");
        Path target = folder.resolve("torch");

        Result refused = run("docker/libtorch.sh", archive.toString(), "0".repeat(64), target.toString());

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.output()).contains("has the checksum " + sum(archive), "expected 0000");
        assertThat(target).doesNotExist();
        Path empty = archive("readme");
        assertThat(run("docker/libtorch.sh", empty.toString(), sum(empty), target.toString())
                        .output())
                .contains("holds not one libtorch.so");
    }

    private void engine(String answer) throws IOException {
        Path engine = Files.createDirectories(folder.resolve("bin")).resolve("docker");
        Files.writeString(
                engine,
                "#!/bin/sh\ncase \"$2\" in imagetools) " + answer + " ;; *) echo \"$@\" >>" + asked + " ;; esac\n");
        assertThat(engine.toFile().setExecutable(true)).isTrue();
    }

    private String lastAsked() throws IOException {
        List<String> lines = Files.readAllLines(asked);
        return lines.get(lines.size() - 1);
    }

    private Path archive(String... entries) throws IOException {
        Path file = Files.createTempFile(folder, "archive", ".zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String entry : entries) {
                zip.putNextEntry(new ZipEntry(entry));
                zip.write(entry.getBytes(UTF_8));
            }
        }
        return file;
    }

    private static String sum(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    private record Result(int status, String output) {}

    private Result run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command))).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.put("STREAMRANK_LOCK", lock.toString());
        environment.put(
                "PATH",
                folder.resolve("bin") + ":" + Path.of(System.getProperty("java.home"), "bin") + ":"
                        + environment.get("PATH"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as(output).isTrue();
        return new Result(process.exitValue(), output);
    }
}
