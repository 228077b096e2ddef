package io.streamrank.model;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The families this worker knows. */
final class Families {
    private static final List<Family> ALL = List.of(
            new BertFamily(),
            new RobertaFamily("roberta"),
            new RobertaFamily("xlm-roberta"),
            new ElectraFamily(),
            new DistilBertFamily(),
            new ModernBertFamily(),
            new DebertaFamily(),
            new BartFamily(),
            new MambaFamily(),
            new Mamba2Family(),
            new LlamaFamily(LlamaFamily.Kin.LLAMA),
            new LlamaFamily(LlamaFamily.Kin.QWEN2),
            new LlamaFamily(LlamaFamily.Kin.QWEN3),
            new GptNeoxFamily(),
            new OptFamily());

    private Families() {}

    /** @throws CheckpointException for an unknown family, or a tokenizer that does not belong to the weights */
    static Architecture read(Checkpoint checkpoint) {
        Architecture architecture = architecture(checkpoint);
        TokenizerVocabulary.check(checkpoint, architecture);
        return architecture;
    }

    /**
     * As {@link #read}, with a ranking head of its own that may be missing.
     *
     * @throws CheckpointException also for a model that ranks by rows of its language-model head
     */
    static Architecture readForTraining(Checkpoint checkpoint) {
        if (!RerankerFile.read(checkpoint.folder()).labels().isEmpty()) {
            throw new CheckpointException(
                    checkpoint.folder().resolve(Checkpoint.RERANKER),
                    "labels make rows of the language-model head the ranking head, and these alone cannot be trained",
                    "Remove labels, and training begins a ranking head of its own");
        }
        Architecture architecture = family(checkpoint.config()).read(checkpoint.config(), checkpoint.weights());
        TokenizerVocabulary.check(checkpoint, architecture);
        return architecture;
    }

    /**
     * What transformers' class for ranking calls the weights, by their names in the sources: a bare encoder's file may
     * leave out the prefix. Empty for families whose names have no prefix, or whose shapes are read from the weights.
     */
    static Map<String, String> writtenNames(Checkpoint checkpoint) {
        Family family = family(checkpoint.config());
        if (family instanceof MambaFamily || family instanceof Mamba2Family) {
            return Map.of();
        }
        return family
                .read(checkpoint.config(), Safetensors.none(checkpoint.weights().file()))
                .weights()
                .stream()
                .collect(Collectors.toMap(Weight::name, Weight::stored));
    }

    private static Family family(Config config) {
        String type = config.text("model_type", StateSpaceShapes.originalType(config));
        return ALL.stream()
                .filter(each -> each.modelType().equals(type))
                .findFirst()
                .orElseThrow(() -> unknown(config));
    }

    private static Architecture architecture(Checkpoint checkpoint) {
        Config config = checkpoint.config();
        Family family = family(config);
        if (family instanceof LanguageModelFamily languageModel) {
            List<Integer> labels = LabelTokens.of(checkpoint);
            if (!labels.isEmpty()) {
                return languageModel.read(config, checkpoint.weights(), labels);
            }
        }
        return family.read(config, checkpoint.weights());
    }

    private static CheckpointException unknown(Config config) {
        String known = ALL.stream().map(Family::modelType).sorted().collect(Collectors.joining(", "));
        return new CheckpointException(
                config.file(),
                "model_type "
                        + (config.has("model_type") ? "is " + config.json().path("model_type") : "is missing")
                        + ", expected one of: " + known,
                "Use a checkpoint of one of these families");
    }
}
