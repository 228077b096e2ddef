package io.streamrank.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.batch.BatchPolicy;
import io.streamrank.cli.WorkerAssembly.ModelChoice;
import io.streamrank.ingest.Models;
import io.streamrank.model.Inspection;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.replay.run.FolderNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The models of a replay: each is loaded once, and computes as it did when the replay was begun. */
final class ReplayModels {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String AUTO = "auto";

    /** On every device a portion is worth some dozens of forward passes: little is lost with one, none runs half empty. */
    private static final long CHUNK_CHARS_PER_TOKEN = 64;

    private final StreamrankConfig config;
    private final WorkerAssembly assembly;
    private final List<ModelChoice> choices;

    ReplayModels(StreamrankConfig config, List<ModelChoice> choices) {
        this.config = config;
        this.assembly = new WorkerAssembly(config);
        this.choices = List.copyOf(choices);
        choices.forEach(choice -> FolderNames.requireModel(choice.id()));
        assembly.check(choices);
    }

    /** Their names, in the order asked for. */
    List<String> all() {
        return choices.stream().map(ModelChoice::id).toList();
    }

    /** The same in one line. */
    String names() {
        return String.join(", ", all());
    }

    /** Which checkpoints these are, known before any is loaded. */
    Map<String, String> revisions() {
        Map<String, String> revisions = new LinkedHashMap<>();
        for (ModelChoice choice : choices) {
            String revision = Inspection.of(choice.folder()).revision();
            if (revision != null) {
                revisions.put("model." + choice.id() + ".revision", revision);
            }
        }
        return revisions;
    }

    /** @param begun what the folder says of the replay that this goes on with; absent for a new one */
    Models load(@Nullable JsonNode begun) {
        return new ModelLoader(config).load(choices, (id, settings) -> fitted(id, settings, begun));
    }

    /** A measurement may turn out otherwise the next time, and no device may take another's place in the middle. */
    private static ModelSettings fitted(String id, ModelSettings settings, @Nullable JsonNode begun) {
        ModelSettings fixed = settings.withCpuFallback(false);
        if (begun == null) {
            return fixed;
        }
        for (JsonNode model : begun.path("models")) {
            if (model.path("name").asText().equals(id) && settings.dtype().equals(AUTO)) {
                return fixed.withDtype(model.path("dtype").asText(AUTO));
            }
        }
        return fixed;
    }

    /** For the replay's folder: what is known of them before they have done anything. */
    ArrayNode json(Models loaded) {
        ArrayNode all = JSON.createArrayNode();
        for (int i = 0; i < choices.size(); i++) {
            Reranker model = loaded.all().get(i);
            ObjectNode node = all.addObject()
                    .put("name", model.model().id())
                    .put("folder", choices.get(i).folder().toString())
                    .put("family", model.model().family())
                    .put("revision", model.model().revision())
                    .put("device", model.device())
                    .put("dtype", model.dtype())
                    .put("maxLength", model.maxLength());
            Inspection.Model inspected = Inspection.of(choices.get(i).folder()).model();
            if (inspected != null) {
                node.put("parameters", inspected.parameters());
            }
            node.put("memoryBytes", model.residentBytes());
        }
        return all;
    }

    /** What another attempt must have in common with this one. */
    Map<String, String> identity(Models loaded) {
        Map<String, String> identity = new LinkedHashMap<>();
        for (Reranker model : loaded.all()) {
            String name = "model." + model.model().id() + ".";
            BatchPolicy policy = assembly.batchPolicy(model);
            identity.put(name + "revision", model.model().revision());
            identity.put(name + "device", model.device());
            identity.put(name + "dtype", model.dtype());
            identity.put(name + "max-length", Integer.toString(model.maxLength()));
            identity.put(name + "batch-tokens", Integer.toString(policy.maxBatchTokens()));
            identity.put(name + "batch-pairs", Integer.toString(policy.maxBatchPairs()));
        }
        identity.put("state-cache", Long.toString(config.model().stateCache()));
        identity.put("chunk-lists", Integer.toString(config.replay().chunkLists()));
        identity.put("chunk-chars", Long.toString(chunkChars(loaded)));
        return identity;
    }

    /** How many characters of text make a portion. */
    long chunkChars(Models loaded) {
        if (config.replay().chunkChars() > 0) {
            return config.replay().chunkChars();
        }
        long tokens = loaded.all().stream()
                .mapToLong(model -> assembly.batchPolicy(model).maxBatchTokens())
                .max()
                .orElse(BatchPolicy.DEFAULT_CPU_BATCH_TOKENS);
        return CHUNK_CHARS_PER_TOKEN * tokens;
    }
}
