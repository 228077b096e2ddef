package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** The golden checkpoints, looked at from the command line. */
class ModelsCommandTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Path folder;

    ModelsCommandTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void inspectsACheckpoint() {
        assertThat(run("inspect", golden("llama"))).isEqualTo(ExitCode.OK);

        assertThat(out.toString())
                .startsWith(golden("llama") + "\n  family    llama, 3 layers, ")
                .containsPattern("revision  [0-9a-f]{12}\n")
                .contains("length    pairs of up to 96 tokens\n")
                .contains("template  \"document: {document}\"\n  template  \" ; query: {query} ;\"\n")
                .contains("score     the ranking head's, raw\n")
                .endsWith("complete  can be served\n");
    }

    @Test
    void inspectsForPrograms() throws IOException {
        assertThat(run("inspect", "--json", golden("bert"))).isEqualTo(ExitCode.OK);

        JsonNode json = JSON.readTree(out.toString());
        assertThat(json.at("/folder").textValue()).isEqualTo(golden("bert"));
        assertThat(json.at("/model/family").textValue()).isEqualTo("bert");
        assertThat(json.at("/model/bytes/float32").longValue())
                .isEqualTo(4 * json.at("/model/parameters").longValue());
        assertThat(json.at("/storage/types/F32").longValue())
                .isEqualTo(json.at("/model/parameters").longValue());
        assertThat(json.at("/pairs/maxLength").intValue()).isEqualTo(128);
        assertThat(json.at("/problems").size()).isZero();
    }

    @Test
    void failsForABrokenCheckpointAndListsEverything() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{");

        assertThat(run("inspect", folder.toString())).isEqualTo(ExitCode.MODEL);

        assertThat(out.toString())
                .contains("broken    3 problems:\n")
                .contains("    " + folder.resolve("config.json") + ": is not JSON")
                .contains("    " + folder.resolve("model.safetensors") + ": is missing")
                .contains("    " + folder.resolve("tokenizer.json") + ": is missing");
    }

    @Test
    void verifiesAGoldenFile() {
        assertThat(run("verify", golden("bert"), "--golden", golden("bert") + "/golden.json"))
                .as(err.toString())
                .isEqualTo(ExitCode.OK);

        assertThat(out.toString())
                .containsPattern("model     bert, revision [0-9a-f]{12} \\(bert\\), float32 on cpu\n")
                .containsPattern("token ids (\\d+) of \\1 pairs as expected\n")
                .containsPattern("scores    (\\d+) of \\1 within 1.0E-4\n")
                .contains("worst     pair ")
                .endsWith("  verified\n");
    }

    @Test
    void failsForOtherScoresAndIdsAndShowsTheWorst() throws IOException {
        Path pairs = folder.resolve("pairs.jsonl");
        List<String> lines = new ArrayList<>();
        JsonNode golden =
                JSON.readTree(GOLDEN.resolve("bert/golden.json").toFile()).path("pairs");
        lines.add(line(golden.get(0), 0, 0));
        lines.add(line(golden.get(1), 0.5, 0));
        lines.add(line(golden.get(2), -3, 7));
        Files.write(pairs, lines);
        String[] arguments = {
            "verify", golden("bert"), "--pairs", pairs.toString(), "--dtype", "float32", "--max-length", "96"
        };

        assertThat(run(arguments)).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString())
                .contains("token ids 2 of 3 pairs as expected\n")
                .contains("pair 3 differs from token 1 on")
                .contains("scores    1 of 3 within 1.0E-4\n")
                .contains("worst     pair 3 is off by 3.00: ")
                .endsWith("  not as expected\n");

        arguments = Arrays.copyOf(arguments, arguments.length + 1);
        arguments[arguments.length - 1] = "--json";
        out.getBuffer().setLength(0);
        assertThat(run(arguments)).isEqualTo(ExitCode.FAILED);
        JsonNode json = JSON.readTree(out.toString());
        assertThat(json.at("/verified").booleanValue()).isFalse();
        assertThat(json.at("/model/family").textValue()).isEqualTo("bert");
        assertThat(json.at("/scores/outside").intValue()).isEqualTo(2);
        assertThat(json.at("/scores/worst/pair").intValue()).isEqualTo(3);
        assertThat(json.at("/tokenIds/different").intValue()).isEqualTo(1);
        assertThat(json.at("/tokenIds/first/position").intValue()).isEqualTo(1);
    }

    private static String line(JsonNode pair, double off, int idOff) {
        var node = JSON.createObjectNode();
        node.set("query", pair.get("query"));
        node.set("document", pair.get("document"));
        node.put("score", pair.get("score").doubleValue() + off);
        var ids = node.putArray("input_ids");
        pair.get("input_ids").forEach(id -> ids.add(id.intValue() + idOff));
        return node.toString();
    }

    @Test
    void toleratesWhatItIsToldTo() {
        assertThat(run(
                        "verify",
                        golden("bert"),
                        "--golden",
                        golden("bert") + "/golden.json",
                        "--dtype",
                        "bfloat16",
                        "--tolerance",
                        "0.2"))
                .isEqualTo(ExitCode.OK);

        assertThat(out.toString()).contains("bfloat16 on cpu").contains(" within 0.2\n");
    }

    @Test
    void refusesPairsOfWhichNothingIsExpected() throws IOException {
        Path pairs = folder.resolve("pairs.jsonl");
        Files.writeString(
                pairs,
                "{\"query\": \"q\", \"document\": \"d\", \"score\": 1}\n{\"query\": \"q\", \"document\": \"d\"}");

        assertThat(run("verify", golden("bert"), "--pairs", pairs.toString())).isEqualTo(ExitCode.DATA);
        assertThat(err.toString())
                .isEqualTo("error: " + pairs + ": pair 2 has neither \"score\" nor \"input_ids\" to verify\n");
    }

    @Test
    void findsThatACheckpointAgreesWithItself() throws IOException {
        Path pairs = folder.resolve("pairs.jsonl");
        Files.writeString(pairs, """
                {"query": "oil", "document": "The 1973 oil crisis"}
                {"query": "oil", "document": "A country in the north"}
                {"query": "oil", "document": "Oil, oil and oil"}
                {"query": "king", "document": "A duke"}
                {"query": "king", "document": "Thebes, then a queen"}
                {"query": "alone", "document": "alone"}
                """);

        assertThat(run("compare", golden("bert"), golden("bert"), "--pairs", pairs.toString(), "--dtype", "float32"))
                .as(err.toString())
                .isEqualTo(ExitCode.OK);

        assertThat(out.toString())
                .containsPattern("a         bert, revision [0-9a-f]{12} \\(bert\\), float32 on cpu\n .*pairs/s")
                .contains("all       Spearman 1.0000, Kendall 1.0000 over 6 pairs\n")
                .contains("by query  Spearman 1.0000, Kendall 1.0000, mean over 2 queries\n")
                .contains("best      the same document in 2 of 2 queries\n")
                .contains("furthest  pair 1, by 0.000: ");
    }

    @Test
    void comparesTwoCheckpointsOnTheSampleForPrograms() throws IOException {
        assertThat(run("compare", golden("electra"), golden("bert"), "--sample", "--json"))
                .as(err.toString())
                .isEqualTo(ExitCode.OK);

        JsonNode json = JSON.readTree(out.toString());
        assertThat(json.at("/pairs").intValue()).isEqualTo(400);
        assertThat(json.at("/queries").intValue()).isEqualTo(20);
        assertThat(json.at("/a/id").textValue()).isEqualTo("electra");
        assertThat(json.at("/b/id").textValue()).isEqualTo("bert");
        assertThat(json.at("/a/pairsPerSecond").doubleValue()).isPositive();
        assertThat(json.at("/spearman").doubleValue()).isBetween(-0.9, 0.9);
        assertThat(json.at("/sameTop").intValue()).isLessThan(20);
        assertThat(json.at("/furthest/distance").doubleValue()).isPositive();
    }

    @Test
    void wantsOneSourceOfPairs() {
        assertThat(run("compare", golden("bert"), golden("bert"))).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--pairs").contains("--sample");
        assertThat(run("verify", golden("bert"), "--pairs", "a", "--golden", "b"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(run()).isEqualTo(ExitCode.USAGE);
    }

    private static String golden(String family) {
        return GOLDEN.resolve(family).toString();
    }

    private int run(String... arguments) {
        StreamrankConfig config = StreamrankConfigTest.config(Map.of("streamrank.model.device", "cpu"));
        CommandLine models = new CommandLine(new ModelsCommand(), new CommandLine.IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                if (type == ModelsVerifyCommand.class) {
                    return type.cast(new ModelsVerifyCommand(config));
                }
                if (type == ModelsFetchCommand.class) {
                    return type.cast(new ModelsFetchCommand(config));
                }
                return type == ModelsCompareCommand.class
                        ? type.cast(new ModelsCompareCommand(config))
                        : CommandLine.defaultFactory().create(type);
            }
        });
        return CommandLines.configured(models)
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
