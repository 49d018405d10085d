/** Pictures are made small before they are sent: a phone's camera gives twelve million pixels, and the line is that of a building site. */
const LONGEST_SIDE = 1600;
const QUALITY = 0.82;

export class NotAPicture extends Error {}

/** A JPEG of at most 1600 pixels a side, upright; where it was taken and by which device is left out. Throws NotAPicture. */
export async function shrunk(file: Blob): Promise<Blob> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new NotAPicture();
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const surface = canvas.getContext("2d");
  if (!surface) throw new NotAPicture();
  // What is transparent would become black.
  surface.fillStyle = "#fff";
  surface.fillRect(0, 0, canvas.width, canvas.height);
  surface.imageSmoothingQuality = "high";
  surface.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!made) throw new NotAPicture();
  return made;
}
