package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands in processes of their own that are asked to end while the model computes. */
@Timeout(300)
class StopTest {
    private static final int SIGTERM_EXIT = 143;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void trainingWritesASnapshotAndSaysHowToGoOn() throws Exception {
        Files.write(folder.resolve("train.jsonl"), lines());
        Path file = Files.writeString(folder.resolve("run.properties"), """
                streamrank.train.model=%s
                streamrank.train.data=train.jsonl
                streamrank.train.output=run
                streamrank.train.steps=100000
                streamrank.train.batch-size=4
                streamrank.train.negatives=3
                streamrank.train.threads=1
                """.formatted(reranker()));

        List<String> told = stopped("2 of 100,000 steps", "train", file.toString());

        assertThat(String.join("\n", told))
                .contains("stopping: last is written first, within 60 s")
                .containsPattern("stopped after step [2-9] of 100,000; `./streamrank resume .*run` goes on");
        assertThat(folder.resolve("run/last/optimizer.safetensors")).exists();
        assertThat(folder.resolve("run/last/progress.json")).content().containsPattern("\"step\" : [2-9]");
    }

    @Test
    void severalDevicesGoOnToTheWeightsOfARunThatNeverStopped() throws Exception {
        Files.write(folder.resolve("train.jsonl"), lines());
        Path stopped = twoDevices("stopped", 1_000_000);

        List<String> told = stopped("2 of 1,000,000 steps", "train", stopped.toString());

        assertThat(String.join("\n", told)).contains("resume");
        JsonNode progress = new ObjectMapper()
                .readTree(folder.resolve("stopped/last/progress.json").toFile());
        long steps = progress.path("step").asLong() + 5;
        Path settings = folder.resolve("stopped/run.properties");
        Files.writeString(settings, Files.readString(settings).replace("steps=1000000", "steps=" + steps));
        assertThat(execute("resume", "--changed", folder.resolve("stopped").toString()))
                .isZero();
        assertThat(execute("train", twoDevices("whole", steps).toString())).isZero();
        for (String file : List.of("last/model.safetensors", "last/optimizer.safetensors")) {
            assertThat(folder.resolve("stopped").resolve(file))
                    .as("%s after %s steps", file, steps)
                    .hasSameBinaryContentAs(folder.resolve("whole").resolve(file));
        }
    }

    /** Steps that are the same whatever their number, with random zeros. */
    private Path twoDevices(String output, long steps) throws IOException {
        return Files.writeString(folder.resolve(output + ".properties"), """
                streamrank.train.model=%s
                streamrank.train.data=train.jsonl
                streamrank.train.output=%s
                streamrank.train.devices=cpu,cpu
                streamrank.train.steps=%s
                streamrank.train.schedule=constant
                streamrank.train.warm-up=0
                streamrank.train.batch-size=4
                streamrank.train.negatives=3
                streamrank.train.dropout=0.1
                streamrank.train.attention-dropout=0.1
                streamrank.train.threads=1
                """.formatted(
                        GoldenCheckpoint.folder("bert").toAbsolutePath(), output, steps));
    }

    private static int execute(String... arguments) {
        return Main.commandLine().execute(arguments);
    }

    @Test
    void evaluationEnds() throws Exception {
        Path sample = Path.of("samples", "squad11-dev").toAbsolutePath();

        List<String> told = stopped(
                "bert on cpu",
                "evaluate",
                "--model=" + reranker(),
                "--corpus=" + sample.resolve("corpus.jsonl"),
                "--queries=" + sample.resolve("queries.tsv"),
                "--run=" + sample.resolve("run.bm25.trec"),
                "--qrels=" + sample.resolve("qrels.trec"),
                "--device=cpu",
                "--dtype=float32");

        assertThat(String.join("\n", told))
                .contains("stopped before all was scored")
                .doesNotContain("Exception");
    }

    /** Runs a command, asks it to end soon after it said something, and gives all that it said. */
    private List<String> stopped(String sign, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().put("OMP_NUM_THREADS", "1");
        Process process = builder.start();
        List<String> told = new ArrayList<>();
        try (BufferedReader lines = process.inputReader()) {
            boolean asked = false;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                told.add(line);
                if (!asked && line.contains(sign)) {
                    asked = true;
                    // Into the middle of a pass.
                    Thread.sleep(300);
                    // Unlike the process's own destroy it leaves its output open.
                    boolean unused = process.toHandle().destroy();
                }
            }
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join("\n", told)).isEqualTo(SIGTERM_EXIT);
        try (var files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString()).filter(name -> name.startsWith("hs_err")))
                    .isEmpty();
        }
        return told;
    }

    private static Path reranker() {
        return Path.of("models", "minilm-l6-reranker").toAbsolutePath();
    }

    private static List<String> lines() {
        Random random = new Random(1);
        return IntStream.range(0, 8)
                .mapToObj(i -> "{\"query\": \"%s\", \"positives\": [\"%s\"], \"negatives\": [\"%s\", \"%s\", \"%s\"]}"
                        .formatted(
                                GoldenCheckpoint.text(random, 4),
                                GoldenCheckpoint.text(random, 80),
                                GoldenCheckpoint.text(random, 80),
                                GoldenCheckpoint.text(random, 80),
                                GoldenCheckpoint.text(random, 80)))
                .toList();
    }
}
