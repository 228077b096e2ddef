package io.streamrank.training;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The keys of a {@link RunFile}. */
final class RunKeys {
    /** Says that there is none. */
    static final String NONE = "none";

    /** What every key is where the file does not say it, in the order of the documentation; empty where it has to. */
    static final Map<String, String> DEFAULTS = Collections.unmodifiableMap(defaults());

    /** Those that name files or folders. */
    static final Set<String> PATHS = Set.of(
            "model",
            "data",
            "output",
            "validation",
            "validation.beir",
            "validation.corpus",
            "validation.queries",
            "validation.qrels",
            "validation.run");

    /** Those that a run may change when it goes on: they say where and when, not what is learnt. */
    static final Set<String> FREE = Set.of(
            "preset",
            "output",
            "device",
            "devices",
            "devices-compared-every",
            "threads",
            "micro-batch-tokens",
            "recompute",
            "evaluate-every",
            "evaluate-first",
            "save-every",
            "stop-seconds",
            "weights",
            "skipped-max");

    private RunKeys() {}

    private static Map<String, String> defaults() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("preset", "none");
        all.put("model", "");
        all.put("data", "");
        all.put("output", "");
        all.put("validation", "none");
        all.put("validation.beir", "none");
        all.put("validation.split", "none");
        all.put("validation.corpus", "none");
        all.put("validation.queries", "none");
        all.put("validation.qrels", "none");
        all.put("validation.run", "none");
        all.put("validation.depth", "100");
        all.put("validation.sample", "0");
        all.put("validation.seed", "1");
        all.put("validation.relevant-from", "1");
        all.put("new-head", "false");
        all.put("batch-size", "8");
        all.put("negatives", "7");
        all.put("in-batch-negatives", "0");
        all.put("epochs", "1");
        all.put("steps", "0");
        all.put("accumulate", "1");
        all.put("max-length", "0");
        all.put("query-length", "0");
        all.put("document-length", "0");
        all.put("seed", "1");
        all.put("device", "auto");
        all.put("devices", "none");
        all.put("operators", "auto");
        all.put("devices-compared-every", "100");
        all.put("dtype", "auto");
        all.put("threads", "0");
        all.put("micro-batch-tokens", "auto");
        all.put("recompute", "false");
        all.put("dropout", "checkpoint");
        all.put("attention-dropout", "checkpoint");
        all.put("loss.softmax", "1");
        all.put("loss.kl", "0");
        all.put("loss.temperature", "1");
        all.put("loss.margin", "0");
        all.put("loss.lambda", "0");
        all.put("loss.lambda-mu", "10");
        all.put("loss.pointwise", "0");
        all.put("learning-rate", "2e-5");
        all.put("schedule", "linear");
        all.put("warm-up", "0.1");
        all.put("beta1", "0.9");
        all.put("beta2", "0.999");
        all.put("epsilon", "1e-8");
        all.put("weight-decay", "0.01");
        all.put("decay-embeddings", "true");
        all.put("layer-decay", "1");
        all.put("freeze-embeddings", "false");
        all.put("clip-norm", "1");
        all.put("average-decay", "0");
        all.put("evaluate-every", "0");
        all.put("evaluate-first", "false");
        all.put("save-every", "0");
        all.put("stop-seconds", "60");
        all.put("weights", "float32");
        all.put("spike", "0");
        all.put("spikes-from", "100");
        all.put("skipped-max", "10");
        return all;
    }
}
