/**
 * Checkpoints, tokenizers, architectures and the scorer on its device: from a Hugging Face checkpoint folder to a
 * {@link io.streamrank.model.Reranker}. Knows the contract alone; everything DJL stays in here.
 */
@NullMarked
package io.streamrank.model;

import org.jspecify.annotations.NullMarked;
