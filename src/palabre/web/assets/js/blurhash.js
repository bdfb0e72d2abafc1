// A blurred idea of a picture (https://blurha.sh) in its place until it is there.

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
const size = 24;

const read = (text) => [...text].reduce((value, digit) => value * 83 + digits.indexOf(digit), 0);
const toLinear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
const toByte = (value) => {
  const bounded = Math.max(0, Math.min(1, value));
  return Math.round((bounded <= 0.0031308 ? bounded * 12.92 : 1.055 * bounded ** (1 / 2.4) - 0.055) * 255);
};
const signedSquare = (value) => Math.sign(value) * value * value;

function pixels(hash) {
  const [columns, rows] = [(read(hash[0]) % 9) + 1, Math.floor(read(hash[0]) / 9) + 1];
  if (hash.length !== 4 + 2 * columns * rows) return null;
  const most = (read(hash[1]) + 1) / 166;
  const colours = [];
  for (let place = 0; place < columns * rows; place += 1) {
    if (place === 0) {
      const value = read(hash.slice(2, 6));
      colours.push([value >> 16, (value >> 8) & 255, value & 255].map(toLinear));
    } else {
      const value = read(hash.slice(4 + place * 2, 6 + place * 2));
      const parts = [Math.floor(value / 361), Math.floor(value / 19) % 19, value % 19];
      colours.push(parts.map((part) => signedSquare((part - 9) / 9) * most));
    }
  }
  const image = new ImageData(size, size);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const sum = [0, 0, 0];
      for (let row = 0; row < rows; row += 1) {
        for (let column = 0; column < columns; column += 1) {
          const basis = Math.cos((Math.PI * x * column) / size) * Math.cos((Math.PI * y * row) / size);
          for (let channel = 0; channel < 3; channel += 1) sum[channel] += colours[row * columns + column][channel] * basis;
        }
      }
      image.data.set([...sum.map(toByte), 255], 4 * (y * size + x));
    }
  }
  return image;
}

export function drawBlurhashes(part) {
  for (const place of part.querySelectorAll("[data-blurhash]")) {
    const picture = place.querySelector("img");
    if (!picture || picture.complete || place.querySelector("canvas")) continue;
    const image = pixels(place.dataset.blurhash);
    if (!image) continue;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    canvas.setAttribute("aria-hidden", "true");
    canvas.getContext("2d").putImageData(image, 0, 0);
    picture.before(canvas);
    picture.addEventListener("load", () => canvas.remove(), { once: true });
  }
}
