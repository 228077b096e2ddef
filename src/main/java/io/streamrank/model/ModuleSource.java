package io.streamrank.model;

import java.util.List;
import java.util.Map;

/**
 * A TorchScript module around a checkpoint's forward pass, {@code prepare(w)} and {@code score(w, packed)}, which
 * {@link Trainable} adds. It also takes the place of {@code serving.py}, and so defines what that file does.
 *
 * @param sources resource names under {@code torchscript/}, of which the first defines the class {@code Reranker}
 * @param constants compiled into the source, each as a function without arguments
 * @param attributes the class's attributes beside {@code training}, each of an optional type and None to begin with
 */
public record ModuleSource(List<String> sources, Map<String, Object> constants, List<String> attributes) {
    public ModuleSource {
        sources = List.copyOf(sources);
        constants = Map.copyOf(constants);
        attributes = List.copyOf(attributes);
    }
}
