package io.streamrank.model;

import java.util.List;
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

    private static Architecture architecture(Checkpoint checkpoint) {
        Config config = checkpoint.config();
        String type = config.text("model_type", StateSpaceShapes.originalType(config));
        Family family = ALL.stream()
                .filter(each -> each.modelType().equals(type))
                .findFirst()
                .orElseThrow(() -> unknown(config));
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
