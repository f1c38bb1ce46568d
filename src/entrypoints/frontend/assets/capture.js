// Runs beside the page, on the audio thread: mono, 16-bit samples at 16 kHz, 50 ms at a time.
const RATE = 16000;
const BLOCK = 800;

class Capture extends AudioWorkletProcessor {
  #step = sampleRate / RATE;
  #needed = sampleRate / RATE;
  #sum = 0;
  #block = new Int16Array(BLOCK);
  #filled = 0;

  // Each sample sent is the mean of those of the device that it covers.
  process([channels]) {
    const [first] = channels;
    if (!first) return true;
    for (let n = 0; n < first.length; n += 1) {
      let sample = 0;
      for (const channel of channels) sample += channel[n] / channels.length;
      for (let left = 1; left > 1e-9;) {
        const taken = Math.min(left, this.#needed);
        this.#sum += sample * taken;
        this.#needed -= taken;
        left -= taken;
        if (this.#needed <= 1e-9) this.#add(this.#sum / this.#step);
      }
    }
    return true;
  }

  #add(sample) {
    this.#sum = 0;
    this.#needed = this.#step;
    this.#block[this.#filled] = Math.max(-1, Math.min(1, sample)) * 32767;
    this.#filled += 1;
    if (this.#filled < BLOCK) return;
    this.port.postMessage(this.#block, [this.#block.buffer]);
    this.#block = new Int16Array(BLOCK);
    this.#filled = 0;
  }
}

registerProcessor("capture", Capture);
