"""What the gate takes and answers. Intensities are tce per 万元 of output value or per unit of product."""
