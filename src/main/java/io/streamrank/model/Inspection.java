package io.streamrank.model;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint folder holds, and all that keeps it from being served. Nothing is loaded onto a device.
 *
 * @param folder the folder
 * @param revision which checkpoint it is; null where files are missing
 * @param storage what the weights' files hold; null where they cannot be read
 * @param model what config and tensors say of the model; null where they cannot be understood
 * @param pairs how it reads pairs and scores them; null where that cannot be told
 * @param problems what is missing or wrong, empty for a checkpoint that can be served
 */
public record Inspection(
        Path folder,
        @Nullable String revision,
        @Nullable Storage storage,
        @Nullable Model model,
        @Nullable Pairs pairs,
        List<String> problems) {

    /**
     * The weights' files.
     *
     * @param files names of the files
     * @param bytes their tensors' bytes
     * @param parameters how many numbers they hold
     * @param types how many of them are stored in which type: {@code F32}, {@code F16}, {@code BF16}, …
     */
    public record Storage(List<String> files, long bytes, long parameters, Map<String, Long> types) {
        public Storage {
            files = List.copyOf(files);
        }
    }

    /**
     * The model.
     *
     * @param family {@code config.json}'s model_type
     * @param layers its layers
     * @param vocabulary rows of its token embedding
     * @param positions the longest pair it could read, in tokens
     * @param parameters how many numbers of the files it uses
     * @param unused tensors in the files that it does not use
     */
    public record Model(
            String family, int layers, int vocabulary, int positions, long parameters, List<String> unused) {
        public Model {
            requireNonNull(family, "family");
            unused = List.copyOf(unused);
        }

        /** Bytes that the weights take in an arithmetic of so many bytes a number. */
        public long bytes(int bytesPerParameter) {
            return parameters * bytesPerParameter;
        }
    }

    /**
     * Reading and scoring, with all defaults settled.
     *
     * @param maxLength the longest pair in tokens
     * @param template the parts of the template; empty where the tokenizer's own pair template is used
     * @param appendsEos whether the end-of-sequence token follows the template
     * @param pooling the token whose state is scored
     * @param labels the tokens whose logits rank a language model, irrelevant first; empty for a ranking head
     * @param activation what is done to raw scores: {@code none}, {@code sigmoid}
     */
    public record Pairs(
            int maxLength,
            List<String> template,
            boolean appendsEos,
            String pooling,
            List<Integer> labels,
            String activation) {
        public Pairs {
            template = List.copyOf(template);
            requireNonNull(pooling, "pooling");
            labels = List.copyOf(labels);
            requireNonNull(activation, "activation");
        }
    }

    public Inspection {
        requireNonNull(folder, "folder");
        problems = List.copyOf(problems);
    }

    /** Looks into a folder, from which nothing needs to be readable. */
    public static Inspection of(Path folder) {
        return new Inspector(folder).inspect();
    }
}
