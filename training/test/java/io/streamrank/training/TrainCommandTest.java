package io.streamrank.training;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TrainCommandTest {
    @TempDir
    private Path folder = Path.of("");

    private final StringWriter errors = new StringWriter();

    @Test
    void trainsFromAFileAndGoesOnFromItsFolder() throws IOException {
        writeLines("train.jsonl", 12);
        writeLines("valid.jsonl", 4);
        Path file = properties(
                "validation=valid.jsonl", "epochs=2", "batch-size=3", "negatives=2", "learning-rate=1e-3", "threads=1");

        assertThat(execute("train", file.toString())).as(errors.toString()).isZero();

        try (Reranker reranker = Rerankers.load(
                folder.resolve("run/best"),
                "trained",
                ModelSettings.defaults().withDevice("cpu").withDtype("float32"))) {
            assertThat(reranker.score(reranker.encode("river", List.of("stone", "moon"))))
                    .hasSize(2);
        }
        assertThat(Files.readString(folder.resolve("run/last/progress.json"))).contains("\"step\" : 8");
        assertThat(execute("train", file.toString())).isOne();
        assertThat(errors.toString()).contains("holds a run already");
        assertThat(execute("resume", folder.resolve("run").toString())).isZero();
    }

    @Test
    void validatesWithAJudgedRun() throws IOException {
        writeLines("train.jsonl", 6);
        writeCollection();
        Path file = properties(
                "validation.beir=judged",
                "validation.run=judged/other.trec",
                "validation.depth=4",
                "validation.sample=5",
                "evaluate-every=1",
                "learning-rate=1e-3",
                "batch-size=3",
                "threads=1");

        assertThat(execute("train", file.toString())).as(errors.toString()).isZero();

        List<JsonNode> validations = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("run/metrics.jsonl"))) {
            JsonNode json = new ObjectMapper().readTree(line);
            if (json.path("kind").asText().equals("validation")) {
                validations.add(json.path("values"));
            }
        }
        assertThat(validations)
                .hasSize(2)
                .allSatisfy(values -> assertThat(values.fieldNames())
                        .toIterable()
                        .containsExactly("ndcg_cut_10", "recip_rank_cut_10", "map"));
        double best = validations.stream()
                .mapToDouble(values -> values.path("ndcg_cut_10").asDouble())
                .max()
                .orElseThrow();
        JsonNode progress = new ObjectMapper()
                .readTree(folder.resolve("run/last/progress.json").toFile());
        assertThat(progress.path("best").asDouble()).isEqualTo(best);
        assertThat(folder.resolve("run/validation.svg")).content().contains("recip_rank_cut_10");
        assertThat(folder.resolve("run/config.properties"))
                .content()
                .contains("validation.run=" + folder.resolve("judged/other.trec"))
                .contains("validation.sample=5");
    }

    @Test
    void saysWhatIsMissingOfAJudgedRun() throws IOException {
        writeLines("train.jsonl", 2);

        assertThat(execute("train", properties("validation.run=r.trec").toString()))
                .isOne();
        assertThat(execute(
                        "train",
                        properties("validation.beir=j", "validation.depth=0").toString()))
                .isOne();
        assertThat(execute(
                        "train",
                        properties("validation.beir=j", "validation=train.jsonl")
                                .toString()))
                .isOne();

        assertThat(errors.toString())
                .contains("validation.corpus is missing: name validation.beir, or all of")
                .contains("validation.depth is 0, expected 1 or more")
                .contains("name either lines to validate with");
    }

    @Test
    void trainsAfterAPresetOfWhichTheFileChangesAKey() throws IOException {
        writeLines("train.jsonl", 3);
        copied("mamba2");
        Path file = properties(
                "preset=ssm-rerankers-documents", "model=model", "batch-size=2", "steps=1", "device=cpu", "threads=1");

        assertThat(execute("train", file.toString())).as(errors.toString()).isZero();

        assertThat(Files.readAllLines(folder.resolve("run/config.properties")))
                .contains(
                        "streamrank.train.preset=ssm-rerankers-documents",
                        "streamrank.train.negatives=7",
                        "streamrank.train.batch-size=2",
                        "streamrank.train.max-length=512",
                        "streamrank.train.query-length=64");
        JsonNode pairs = new ObjectMapper()
                .readTree(folder.resolve("run/best/reranker.json").toFile());
        assertThat(pairs.path("template").asText()).isEqualTo("document: {document} ; query: {query} ;");
        assertThat(pairs.path("append_eos").asBoolean()).isTrue();
        assertThat(pairs.path("max_length").asInt()).isEqualTo(512);
        assertThat(pairs.path("max_query_length").asInt()).isEqualTo(64);
    }

    @Test
    void trainsOnSeveralDevices() throws IOException {
        writeLines("train.jsonl", 6);
        writeLines("valid.jsonl", 2);
        Path file =
                properties("devices=cpu, cpu", "validation=valid.jsonl", "steps=3", "evaluate-every=1", "threads=1");

        assertThat(execute("train", file.toString())).as(errors.toString()).isZero();

        JsonNode run =
                new ObjectMapper().readTree(folder.resolve("run/run.json").toFile());
        assertThat(run.at("/starts/0/versions/device").asText()).isEqualTo("cpu, cpu");
        assertThat(folder.resolve("run/last/progress.json")).content().contains("\"step\" : 3");
        assertThat(execute(
                        "train", properties("output=other", "devices=cpu,gpu:7").toString()))
                .isOne();
        assertThat(errors.toString()).contains("device is gpu:7, but libtorch sees");
    }

    @Test
    void everyPresetSetsKnownKeysAndIsDocumented() throws IOException {
        String documentation = Files.readString(Path.of("docs", "training.md"));

        assertThat(Preset.values()).allSatisfy(preset -> {
            assertThat(RunKeys.DEFAULTS).containsKeys(preset.settings().keySet().toArray(String[]::new));
            assertThat(documentation).contains("`" + preset.key() + "`");
        });
        String table =
                documentation.substring(documentation.indexOf("## Presets"), documentation.indexOf("## Validation"));
        Preset.SSM_RERANKERS
                .settings()
                .forEach((key, value) -> assertThat(table).contains("| `" + key + "` | `" + value + "`"));
        assertThat(Preset.SSM_RERANKERS.settings()).containsEntry("negatives", "15");
        assertThat(Preset.SSM_RERANKERS_DOCUMENTS.settings()).containsEntry("negatives", "7");
    }

    @Test
    void beginsAHeadAnewAndEvaluatesItFirst() throws IOException {
        writeLines("train.jsonl", 6);
        writeLines("valid.jsonl", 4);
        Path file = properties(
                "validation=valid.jsonl",
                "new-head=true",
                "evaluate-first=true",
                "batch-size=3",
                "negatives=2",
                "threads=1");

        assertThat(execute("train", file.toString())).as(errors.toString()).isZero();

        assertThat(Files.readAllLines(folder.resolve("run/metrics.jsonl")).get(0))
                .contains("\"validation\"")
                .contains("\"step\":0");
        assertThat(execute(
                        "train",
                        properties("output=other", "evaluate-first=true").toString()))
                .isOne();
        assertThat(errors.toString()).contains("evaluate-first needs lines to evaluate with: set validation");
    }

    @Test
    void saysWhatIsWrongWithAFile() throws IOException {
        writeLines("train.jsonl", 2);

        assertThat(execute("train", properties("learning-rat=1").toString())).isOne();
        assertThat(execute("train", properties("learning-rate=fast").toString()))
                .isOne();
        assertThat(execute("train", properties("learning-rate=-1").toString())).isOne();
        assertThat(execute("train", properties("preset=ours").toString())).isOne();
        Files.writeString(folder.resolve("train.jsonl"), "{\"query\": \"a\", \"positives\": [\"b\"]}\n");
        assertThat(execute("train", properties().toString())).isOne();

        assertThat(errors.toString())
                .contains("streamrank.train.learning-rat is not known")
                .contains("streamrank.train.learning-rate is fast, expected a number")
                .contains("learning-rate is -1.0, expected more than 0")
                .contains("preset is ours, expected one of [ssm-rerankers, ssm-rerankers-documents]")
                .contains("train.jsonl:1: expected a list of documents");
    }

    @Test
    void saysWhichNumbersMakeNoRun() throws IOException {
        writeLines("train.jsonl", 2);

        for (String key : List.of("epochs=0", "epochs=-2", "epochs=NaN", "steps=-5", "batch-size=0")) {
            assertThat(execute("train", properties(key).toString())).as(key).isOne();
        }

        assertThat(errors.toString())
                .contains("epochs is 0.0, expected more than 0")
                .contains("epochs is -2.0, expected more than 0")
                .contains("epochs is NaN, expected more than 0")
                .contains("steps is -5, expected 0 or more")
                .contains("batch-size is 0, expected 1 or more");
        assertThat(folder.resolve("run/last")).doesNotExist();
    }

    @Test
    void leavesNoDataSetOutUnsaid() throws IOException {
        writeLines("train.jsonl", 2);
        writeLines("more.jsonl", 2);

        assertThat(execute("train", properties("data.lines.groups=more.jsonl").toString()))
                .isOne();

        assertThat(errors.toString()).contains("data.lines", "give the set another name");
    }

    @Test
    void saysBeforeItTrainsWhatATeacherHasNotScored() throws IOException {
        writeLines("train.jsonl", 2);
        writeCollection();
        Files.writeString(
                folder.resolve("train.jsonl"),
                "{\"query\": \"river\", \"positives\": [\"stone\"], \"negatives\": [\"moon\"], \"scores\": [1, 2]}\n"
                        + "{\"query\": \"river\", \"positives\": [\"stone\"], \"negatives\": [\"moon\"]}\n");
        for (String loss : List.of("loss.kl=1", "loss.margin=1")) {
            assertThat(execute("train", properties(loss).toString())).isOne();
        }
        assertThat(execute(
                        "train",
                        properties("loss.kl=1", "data=", "data.judged.beir=judged", "data.judged.run=judged/other.trec")
                                .toString()))
                .isOne();
        assertThat(execute(
                        "train", properties("loss.kl=1", "in-batch-negatives=2").toString()))
                .isOne();

        assertThat(errors.toString().lines())
                .hasSize(4)
                .allMatch(line -> line.contains("loss.kl and loss.margin"))
                .anyMatch(line -> line.contains("data.judged") && line.contains("teach"))
                .anyMatch(line -> line.contains("in-batch-negatives is 2"))
                .filteredOn(line -> line.contains("train.jsonl:2: "))
                .hasSize(2);
        assertThat(folder.resolve("run/last")).doesNotExist();
    }

    @Test
    void keepsItsHandsOffARunThatWasInterrupted() throws IOException {
        writeLines("train.jsonl", 3);
        Path file = properties("batch-size=3", "threads=1");
        for (String trace : List.of("run.json", "last.replaced/progress.json")) {
            Path run = folder.resolve("run");
            Files.createDirectories(run.resolve(trace).getParent());
            Files.writeString(run.resolve(trace), "{}");
            Files.writeString(run.resolve("run.properties"), "of that run");

            assertThat(execute("train", file.toString())).isOne();

            assertThat(run.resolve("run.properties")).hasContent("of that run");
            Files.delete(run.resolve(trace));
        }
        assertThat(errors.toString().lines())
                .hasSize(2)
                .allMatch(line -> line.contains("holds a run already. Go on with `resume"));
    }

    @Test
    void saysThatAFileIsNotThere() {
        Path nowhere = folder.resolve("nowhere.properties");

        assertThat(execute("train", nowhere.toString())).isOne();

        assertThat(errors.toString()).contains("error: " + nowhere + " is not there");
    }

    @Test
    void validatesWithListsAsTrainingReadsThem() throws IOException {
        writeLines("train.jsonl", 3);
        writeCollection();
        try (OutputStream packed = new GZIPOutputStream(Files.newOutputStream(folder.resolve("valid.jsonl.gz")))) {
            packed.write(
                    "{\"query\": \"river\", \"positives\": [{\"id\": \"d1\"}], \"negatives\": [{\"id\": \"d2\"}]}\n"
                            .getBytes(UTF_8));
        }
        String[] settings = {
            "validation=valid.jsonl.gz", "validation.corpus=judged/corpus.jsonl", "threads=1", "steps=1"
        };

        assertThat(execute("train", properties(settings).toString()))
                .as(errors.toString())
                .isZero();

        assertThat(folder.resolve("run/metrics.jsonl")).content().contains("ndcg_cut_10");
        assertThat(folder.resolve("run/last/progress.json"))
                .content()
                .contains("streamrank.train.validation\"", "streamrank.train.validation.corpus\"");
        settings[1] = "output=other";
        assertThat(execute("train", properties(settings).toString())).isOne();
        assertThat(errors.toString()).contains("valid.jsonl.gz:1: document d1 has no \"text\"");
    }

    @Test
    void goesOnOnlyWithWhatARunWasMadeOf() throws IOException {
        writeLines("train.jsonl", 6);
        Path model = copied("bert");
        Path file = properties("model=model", "epochs=1", "batch-size=3", "learning-rate=1e-3", "threads=1");
        assertThat(execute("train", file.toString())).as(errors.toString()).isZero();
        Path run = folder.resolve("run");
        String resume = run.toString();

        // Where data lies, and what changes no weight, may change.
        Files.move(folder.resolve("train.jsonl"), folder.resolve("moved.jsonl"));
        replace(run.resolve("run.properties"), "train.jsonl", "moved.jsonl");
        replace(run.resolve("run.properties"), "stop-seconds=60", "stop-seconds=61");
        assertThat(execute("resume", resume)).as(errors.toString()).isZero();

        replace(run.resolve("run.properties"), "learning-rate=1e-3", "learning-rate=1e-4");
        assertThat(execute("resume", resume)).isOne();
        writeLines("moved.jsonl", 7);
        Files.writeString(model.resolve("config.json"), "\n", StandardOpenOption.APPEND);
        assertThat(execute("resume", resume)).isOne();

        assertThat(errors.toString())
                .contains("run/last is of a run that was made otherwise: streamrank.train.learning-rate was 1e-3 and is"
                        + " 1e-4. Put it back")
                .contains("streamrank.train.data.lines.groups was")
                .contains("streamrank.train.model/config.json was")
                .contains("go on with what is there now by --changed");
        assertThat(execute("resume", "--changed", resume)).as(errors.toString()).isZero();
        assertThat(execute("resume", resume)).as(errors.toString()).isZero();
    }

    private Path copied(String family) throws IOException {
        Path copy = Files.createDirectory(folder.resolve("model"));
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(GoldenCheckpoint.folder(family).resolve(name), copy.resolve(name));
        }
        return copy;
    }

    private static void replace(Path file, String was, String is) throws IOException {
        String text = Files.readString(file);
        assertThat(text).contains(was);
        Files.writeString(file, text.replace(was, is));
    }

    @Test
    void learnsFromWholeListsOrSaysWhichHasNoPositive() throws IOException {
        Path lists = folder.resolve("lists.jsonl");
        Files.writeString(
                lists,
                "{\"query\": \"river\", \"positives\": [\"stone\"], \"negatives\": [\"moon\", \"iron\","
                        + " \"garden\", \"green\", \"seven\", \"slow\", \"green moon\", \"iron stone\", \"slow river\"]}\n");
        writeLines("train.jsonl", 1);
        String[] settings = {
            "data.l.groups=lists.jsonl",
            "data.l.shape=list",
            "data.l.negatives=2",
            "epochs=8",
            "batch-size=2",
            "threads=1"
        };

        assertThat(execute("train", properties(settings).toString()))
                .as(errors.toString())
                .isZero();
        Files.writeString(lists, "{\"query\": \"river\", \"positives\": [], \"negatives\": [\"moon\", \"iron\"]}\n");
        settings[3] = "output=other";
        assertThat(execute("train", properties(settings).toString())).isOne();

        assertThat(errors.toString()).contains("lists.jsonl:1: expected at least one of \"positives\"");
        assertThat(folder.resolve("other/last")).doesNotExist();
    }

    @Test
    void everyKeyIsInTheDocumentationWithItsDefault() throws IOException {
        Pattern row = Pattern.compile("\\| `streamrank\\.train\\.([a-z0-9.-]+)` \\| ([^|]*) \\|.*");
        List<String> documented = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("docs", "training.md"))) {
            Matcher matcher = row.matcher(line);
            if (matcher.matches()) {
                documented.add(matcher.group(1) + "=" + matcher.group(2).replace("`", ""));
            }
        }

        assertThat(documented)
                .containsExactlyElementsOf(RunKeys.DEFAULTS.entrySet().stream()
                        .map(each -> each.getKey() + "=" + each.getValue())
                        .toList());
    }

    private int execute(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setErr(new PrintWriter(errors, true));
        return commandLine.execute(arguments);
    }

    private Path properties(String... more) throws IOException {
        StringBuilder text = new StringBuilder();
        List<String> all = new ArrayList<>(
                List.of("model=" + GoldenCheckpoint.folder("bert").toAbsolutePath(), "data=train.jsonl", "output=run"));
        all.addAll(List.of(more));
        all.forEach(line -> text.append("streamrank.train.").append(line).append('\n'));
        return Files.writeString(folder.resolve("run.properties"), text);
    }

    /** Ten queries, each with a relevant document among six candidates; the folder's own run is not to be read. */
    private void writeCollection() throws IOException {
        Random random = new Random(5);
        Path judged = Files.createDirectory(folder.resolve("judged"));
        List<String> documents = new ArrayList<>();
        List<String> queries = new ArrayList<>();
        List<String> qrels = new ArrayList<>();
        List<String> run = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            documents.add("{\"_id\": \"d%d\", \"text\": \"%s\"}".formatted(i, GoldenCheckpoint.text(random, 8)));
            queries.add("q%d\t%s".formatted(i, GoldenCheckpoint.text(random, 3)));
            qrels.add("q%d 0 d%d 1".formatted(i, i));
            for (int rank = 0; rank < 6; rank++) {
                run.add("q%d Q0 d%d %d %d t".formatted(i, (i + 8 + rank) % 10, rank + 1, 9 - rank));
            }
        }
        Files.write(judged.resolve("corpus.jsonl"), documents);
        Files.write(judged.resolve("queries.tsv"), queries);
        Files.write(judged.resolve("qrels.trec"), qrels);
        Files.write(judged.resolve("other.trec"), run);
        Files.writeString(judged.resolve("run.trec"), "not a run\n");
    }

    private void writeLines(String name, int lines) throws IOException {
        Random random = new Random(name.hashCode());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            ObjectNode line = new ObjectMapper().createObjectNode().put("query", GoldenCheckpoint.text(random, 3));
            line.putArray("positives").add(GoldenCheckpoint.text(random, 6));
            for (int n = 0; n < 3; n++) {
                line.withArray("negatives").add(GoldenCheckpoint.text(random, 8));
            }
            text.append(line).append('\n');
        }
        Files.writeString(folder.resolve(name), text);
    }
}
