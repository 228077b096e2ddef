/**
 * Checkpoints, tokenizers, architectures and the scorer on its device: from a Hugging Face checkpoint folder to a
 * {@link io.streamrank.model.Reranker}, or for training to a {@link io.streamrank.model.Trainable}, which gives out the
 * same forward pass, batches and weights to a module of training's own. Knows the contract alone; everything DJL stays in
 * here.
 */
@NullMarked
package io.streamrank.model;

import org.jspecify.annotations.NullMarked;
