package io.streamrank.cli;

import io.streamrank.cli.WorkerAssembly.ModelChoice;
import io.streamrank.ingest.Models;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** Loads models with the configured settings, as many as their memory allows. */
final class ModelLoader {
    private final StreamrankConfig config;

    ModelLoader(StreamrankConfig config) {
        this.config = config;
    }

    /**
     * Loads all; those already loaded are closed again if one fails.
     *
     * @throws IllegalArgumentException if two have one id, or all together take more than {@code streamrank.model.memory}
     */
    Models load(List<ModelChoice> choices) {
        return load(choices, (id, settings) -> settings);
    }

    /**
     * The same, with settings of the caller's.
     *
     * @param fitted from a model's id and what is configured for it to what it is run with
     */
    Models load(List<ModelChoice> choices, BiFunction<String, ModelSettings, ModelSettings> fitted) {
        Map<String, Long> bytes = check(choices);
        List<Reranker> loaded = new ArrayList<>();
        try {
            for (ModelChoice choice : choices) {
                Reranker reranker =
                        Rerankers.load(choice.folder(), choice.id(), fitted.apply(choice.id(), settings(choice.id())));
                loaded.add(reranker);
                bytes.put(choice.id(), reranker.residentBytes());
                requireRoom(bytes);
            }
            return new Models(loaded);
        } catch (RuntimeException e) {
            Models.closeAll(loaded, e);
            throw e;
        }
    }

    /**
     * Reads what can be read of all models without loading their weights: what is wrong with them is said at once.
     *
     * @return the bytes that each will take, by id
     */
    Map<String, Long> check(List<ModelChoice> choices) {
        requireDifferentIds(choices);
        Map<String, Long> bytes = new LinkedHashMap<>();
        choices.forEach(
                choice -> bytes.put(choice.id(), Rerankers.residentBytes(choice.folder(), settings(choice.id()))));
        requireRoom(bytes);
        return bytes;
    }

    /**
     * Loads a next revision of a model beside what is loaded already, to be run as the first revision is: where the
     * arithmetic is to be measured, it is as that one's, for nothing is measured while others compute.
     *
     * @param held everything that is loaded
     * @throws IllegalArgumentException if all together take more than {@code streamrank.model.memory}
     */
    Reranker loadNext(Path folder, Reranker first, List<Reranker> held) {
        String id = first.model().id();
        ModelSettings settings = settings(id);
        ModelSettings fitted = settings.dtype().equals("auto") ? settings.withDtype(first.dtype()) : settings;
        Map<String, Long> bytes = new LinkedHashMap<>();
        held.forEach(model ->
                bytes.merge(model.model().id() + " " + model.model().revision(), model.residentBytes(), Long::sum));
        String name = id + " from " + folder;
        bytes.put(name, Rerankers.residentBytes(folder, fitted));
        requireRoom(bytes);
        Reranker next = Rerankers.load(folder, id, fitted);
        try {
            bytes.put(name, next.residentBytes());
            requireRoom(bytes);
            requireSound(next);
            return next;
        } catch (RuntimeException e) {
            next.close();
            throw e;
        }
    }

    private static void requireSound(Reranker reranker) {
        float score = reranker.score(reranker.encode("a query", List.of("a document")))[0];
        if (!Float.isFinite(score)) {
            throw new IllegalStateException("model " + reranker.model().id() + ", revision "
                    + reranker.model().revision() + ", scores a sound pair with " + score
                    + ": check the checkpoint with './streamrank models verify'");
        }
    }

    /** Loading takes long: this is said before. */
    private static void requireDifferentIds(List<ModelChoice> choices) {
        Set<String> ids = new HashSet<>();
        for (ModelChoice choice : choices) {
            if (!ids.add(choice.id())) {
                throw new IllegalArgumentException(
                        "two models are called " + choice.id() + ": give one another id with --model ID=FOLDER");
            }
        }
    }

    private void requireRoom(Map<String, Long> bytes) {
        long room = config.model().memory();
        long needed = bytes.values().stream().mapToLong(Long::longValue).sum();
        if (room == 0 || needed <= room) {
            return;
        }
        String each = bytes.entrySet().stream()
                .map(model -> text("%s %,d", model.getKey(), model.getValue()))
                .collect(Collectors.joining(", "));
        throw new IllegalArgumentException(text(
                "the models take %,d bytes, more than the %,d of streamrank.model.memory: %s. Hold fewer, set dtype to"
                        + " bfloat16 or a smaller state-cache, or allow more",
                needed, room, each));
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    /** What a model of this id is run with: its own settings, for the rest those of the default model. */
    ModelSettings settings(String id) {
        ModelSettings settings = settings();
        StreamrankConfig.FurtherModel own = config.models().get(id);
        return own == null
                ? settings
                : settings.withDevice(own.device().orElse(settings.device()))
                        .withDtype(own.dtype().orElse(settings.dtype()))
                        .withMaxLength(own.maxLength().orElse(settings.maxLength()));
    }

    /** What the default model is run with. */
    ModelSettings settings() {
        StreamrankConfig.Model model = config.model();
        return new ModelSettings(
                model.device(),
                model.dtype(),
                model.maxLength(),
                model.threads(),
                model.stateCache(),
                model.stateCacheOnHost(),
                model.tokenCache(),
                model.cpuFallback(),
                model.operators());
    }
}
