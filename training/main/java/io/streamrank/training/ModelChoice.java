package io.streamrank.training;

import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** How a command runs the model that it scores with. */
final class ModelChoice {
    @Option(
            names = "--device",
            defaultValue = "auto",
            description = "auto, cpu, gpu, gpu:1 (default: ${DEFAULT-VALUE}).")
    private String device = "auto";

    @Option(
            names = "--dtype",
            defaultValue = "auto",
            description = "auto, float32, bfloat16 (default: ${DEFAULT-VALUE}).")
    private String dtype = "auto";

    @Option(
            names = "--max-length",
            paramLabel = "N",
            defaultValue = "0",
            description = "The longest pair in tokens; 0 takes the checkpoint's own (default: ${DEFAULT-VALUE}).")
    private int maxLength;

    /** An encoder that compares texts rather than ranks them. */
    TextEncoder encoder(Path folder) {
        return TextEncoder.load(folder, device, dtype, maxLength);
    }

    Reranker load(Path folder) {
        ModelSettings settings =
                ModelSettings.defaults().withDevice(device).withDtype(dtype).withMaxLength(maxLength);
        return Rerankers.load(folder, "scorer", settings);
    }
}
