package io.streamrank.model;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.List;

/**
 * A compiled architecture with its weights on a device: packed batches in, scores out. Native memory of a batch lives in
 * one NDManager that is closed with the batch. After its first call, calls may come from several threads.
 */
final class Scorer implements AutoCloseable {
    private static final String BIND = "module_method:bind";

    private final Architecture architecture;
    private final Device device;
    private final Dtype dtype;
    private final Model model;
    private final Block block;
    private final NDManager batches;

    private Scorer(Architecture architecture, Device device, Dtype dtype, Model model, NDManager batches) {
        this.architecture = architecture;
        this.device = device;
        this.dtype = dtype;
        this.model = model;
        this.block = model.getBlock();
        this.batches = batches;
    }

    static Scorer load(Checkpoint checkpoint, Architecture architecture, Device device, Dtype dtype) {
        byte[] archive = TorchArchive.assemble(architecture, dtype.torchNumber());
        Model model = TorchEngine.load(archive, architecture.family(), device);
        // Batches start and end on the CPU; the module itself does both transfers.
        Scorer scorer = new Scorer(architecture, device, dtype, model, TorchEngine.manager(Device.cpu()));
        try {
            scorer.bind(checkpoint.weights());
            return scorer;
        } catch (RuntimeException e) {
            scorer.close();
            throw e;
        }
    }

    private void bind(Safetensors weights) {
        try (NDManager manager = TorchEngine.manager(device)) {
            NDList arguments = new Weights(weights).read(architecture.weights(), manager);
            NDArray method = manager.create(0f);
            method.setName(BIND);
            arguments.add(method);
            block.forward(new ParameterStore(manager, false), arguments, false).close();
        }
    }

    Architecture architecture() {
        return architecture;
    }

    Device device() {
        return device;
    }

    Dtype dtype() {
        return dtype;
    }

    /** One score a pair, in the pairs' order. */
    float[] score(List<EncodedPair> pairs) {
        PackedBatch batch = PackedBatch.of(pairs, architecture.firstPosition());
        try (NDManager manager = batches.newSubManager()) {
            NDList input = new NDList(manager.create(batch.buffer()));
            NDArray scores = block.forward(new ParameterStore(manager, false), input, false)
                    .singletonOrThrow();
            return batch.inCallersOrder(scores.toFloatArray());
        }
    }

    @Override
    public void close() {
        batches.close();
        model.close();
    }
}
